package dev.penstock.gateway.admin;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A call that HTTP itself has an answer for: no token, no such path, a body that is too large. */
@SuppressWarnings("serial") // never serialized: it becomes a reply
final class Refusal extends RuntimeException {
  private final Problem problem;

  private Refusal(Problem problem) {
    super(problem.detail(), null, false, false); // an answer: it costs no stack trace
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }

  static Refusal badRequest(String detail) {
    return of(400, "invalid", "That can never work", detail);
  }

  static Refusal noToken() {
    return unauthorized(
        "Bearer realm=\"penstock\"",
        "this listener wants a token: send \"Authorization: Bearer …\" (penstock token create makes"
            + " one)");
  }

  static Refusal badToken() {
    return unauthorized(
        "Bearer realm=\"penstock\", error=\"invalid_token\"",
        "the token is not known here: it was revoked, mistyped, or is another gateway's");
  }

  static Refusal denied(String detail) {
    return of(403, "denied", "Not allowed", detail);
  }

  static Refusal unknownPath(String path, Optional<String> nearest) {
    String hint = nearest.map(known -> "; did you mean " + known + "?").orElse("; see /v1/openapi");
    return of(404, "no-such-path", "No such path", "there is no " + path + hint);
  }

  static Refusal wrongMethod(String method, String path, Collection<String> allowed) {
    String allow = allowed.stream().sorted().collect(Collectors.joining(", "));
    return new Refusal(
        new Problem(
            405,
            "no-such-method",
            "No such method",
            "%s takes %s, not %s".formatted(path, allow, method),
            Map.of("Allow", allow)));
  }

  static Refusal late(String what) {
    return of(408, "too-slow", "Too slow", what);
  }

  static Refusal stale(String etag) {
    return of(
        412,
        "stale",
        "It changed meanwhile",
        "it changed since it was read: its ETag is \"%s\" now; read it again".formatted(etag));
  }

  static Refusal tooLarge(long bytesMax) {
    return of(
        413, "too-large", "Too large", "the body takes at most %d bytes here".formatted(bytesMax));
  }

  static Refusal longPath(int charactersMax) {
    return of(
        414,
        "long-path",
        "Too long",
        "a path takes at most %d characters".formatted(charactersMax));
  }

  static Refusal wrongType(String wanted) {
    return of(415, "wrong-type", "Wrong type", "the body must be sent as Content-Type: " + wanted);
  }

  static Refusal busy(String detail, int retrySeconds) {
    return new Refusal(
        new Problem(
            503, "busy", "Busy", detail, Map.of("Retry-After", Integer.toString(retrySeconds))));
  }

  static Refusal noAnswer(String detail) {
    return of(504, "no-answer", "No answer", detail);
  }

  private static Refusal of(int status, String type, String title, String detail) {
    return new Refusal(Problem.of(status, type, title, detail));
  }

  private static Refusal unauthorized(String challenge, String detail) {
    return new Refusal(
        new Problem(
            401, "unauthorized", "Who are you?", detail, Map.of("WWW-Authenticate", challenge)));
  }
}
