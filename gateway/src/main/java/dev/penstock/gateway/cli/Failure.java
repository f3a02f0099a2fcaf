package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;

/** A command that did not do what it was asked to: the message is one or two lines for people. */
@SuppressWarnings("serial") // never serialized: it ends the process
final class Failure extends RuntimeException {
  private final ExitCode exit;

  Failure(ExitCode exit, String message) {
    super(message, null, false, false);
    this.exit = exit;
  }

  ExitCode exit() {
    return exit;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
