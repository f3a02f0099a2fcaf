package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Who reads what we write.
 *
 * @param interactive whether somebody is there who can be asked
 * @param line the next line that he types; empty at the end of his input
 * @param rawIn what comes in as it is, for whoever reads no lines
 * @param rawOut what goes out as it is
 */
record Terminal(
    PrintWriter out,
    PrintWriter err,
    boolean interactive,
    Supplier<Optional<String>> line,
    InputStream rawIn,
    OutputStream rawOut) {

  Terminal(PrintWriter out, PrintWriter err, boolean interactive, Supplier<Optional<String>> line) {
    this(
        out,
        err,
        interactive,
        line,
        InputStream.nullInputStream(),
        OutputStream.nullOutputStream());
  }

  static Terminal ofProcess() {
    // There is none when input or output goes somewhere else than to a terminal.
    Optional<Console> console = Optional.ofNullable(System.console());
    Charset charset = console.map(Console::charset).orElse(StandardCharsets.UTF_8);
    return new Terminal(
        new PrintWriter(System.out, true, charset),
        new PrintWriter(System.err, true, charset),
        console.filter(Console::isTerminal).isPresent(),
        () -> console.map(Console::readLine),
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out));
  }

  /** Whether somebody said yes; without anybody to ask, a refusal that says how to. */
  boolean confirms(String question) {
    if (!interactive)
      throw new Failure(
          ExitCode.USAGE, question + " Nobody is here to be asked: say --yes if you mean it.");
    out.print(question + " [y/N] ");
    out.flush();
    return line.get()
        .map(String::strip)
        .filter(a -> a.equalsIgnoreCase("y") || a.equalsIgnoreCase("yes"))
        .isPresent();
  }
}
