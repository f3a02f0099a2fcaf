package dev.penstock.p2p.serve;

import dev.penstock.p2p.access.Operation;
import io.vertx.core.http.HttpMethod;
import java.util.Optional;

/** What is served, with the oldest version of the protocol that has it. */
enum Endpoint {
  KEY("key", Operation.READ, 0),
  CHECKPRESENT("checkpresent", Operation.READ, 0),
  LOCKCONTENT("lockcontent", Operation.LOCK, 0),
  KEEPLOCKED("keeplocked", Operation.LOCK, 0),
  REMOVE("remove", Operation.REMOVE, 0),
  REMOVE_BEFORE("remove-before", Operation.REMOVE, 3),
  GETTIMESTAMP("gettimestamp", Operation.READ, 3),
  PUT("put", Operation.WRITE, 0),
  PUTOFFSET("putoffset", Operation.WRITE, 1),
  /** What git fetches first of a repository: here git-annex learns where its content is. */
  CONFIG("config", Operation.READ, 0);

  private final String word;
  private final Operation operation;
  private final int since;

  Endpoint(String word, Operation operation, int since) {
    this.word = word;
    this.operation = operation;
    this.since = since;
  }

  /** Of those that stand at the end of a path. */
  static Optional<Endpoint> of(String word, int version) {
    Endpoint found =
        switch (word) {
          case "checkpresent" -> CHECKPRESENT;
          case "lockcontent" -> LOCKCONTENT;
          case "keeplocked" -> KEEPLOCKED;
          case "remove" -> REMOVE;
          case "remove-before" -> REMOVE_BEFORE;
          case "gettimestamp" -> GETTIMESTAMP;
          case "put" -> PUT;
          case "putoffset" -> PUTOFFSET;
          default -> null;
        };
    return found == null || version < found.since ? Optional.empty() : Optional.of(found);
  }

  /** As in URLs and metrics. */
  String word() {
    return word;
  }

  Operation operation() {
    return operation;
  }

  /** Checkpresent may be asked with GET too: it changes nothing, and proxies can see that. */
  boolean takes(HttpMethod method) {
    return switch (this) {
      case KEY, CONFIG -> method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
      case CHECKPRESENT -> method.equals(HttpMethod.POST) || method.equals(HttpMethod.GET);
      default -> method.equals(HttpMethod.POST);
    };
  }

  /** For the Allow header. */
  String methods() {
    return switch (this) {
      case KEY, CONFIG -> "GET, HEAD";
      case CHECKPRESENT -> "POST, GET";
      default -> "POST";
    };
  }
}
