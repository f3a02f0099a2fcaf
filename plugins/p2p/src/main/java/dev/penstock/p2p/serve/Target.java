package dev.penstock.p2p.serve;

import dev.penstock.spi.content.Caller;
import java.util.Optional;

/**
 * What a path leads to. The path is taken apart as it came, and each part decoded once, by whoever
 * needs it: a slash in a key is {@code %2F}, and separates nothing.
 *
 * @param where uuid or name, as it came
 * @param version of the path; the newest where there is none
 * @param versioned whether the path has one
 * @param key as it came; empty where the path has none
 */
record Target(Endpoint endpoint, String where, int version, boolean versioned, String key) {
  private static final String PREFIX = "/git-annex/";
  private static final String DOUBLED = "git-annex/";
  private static final String CONFIG = "/config";
  private static final String KEY = "key/";

  /** Empty if it leads nowhere. */
  static Optional<Target> of(String path, String basePath) {
    if (!path.startsWith(basePath)) return Optional.empty();
    String rest = path.substring(basePath.length());
    // A client whose URL ends in a slash adds one of its own (measured with 10.20250416).
    while (rest.startsWith("//")) rest = rest.substring(1);
    if (rest.endsWith(CONFIG)) {
      Optional<Target> config = config(rest);
      if (config.isPresent()) return config;
    }
    if (!rest.startsWith(PREFIX)) return Optional.empty();
    // A client whose URL ends in /git-annex says it twice: §1 row 10.
    int uuid =
        rest.startsWith(DOUBLED, PREFIX.length())
            ? PREFIX.length() + DOUBLED.length()
            : PREFIX.length();
    int slash = rest.indexOf('/', uuid);
    if (slash <= uuid) return Optional.empty();
    return below(rest, rest.substring(uuid, slash), slash + 1);
  }

  /** Of one segment, or none where there is one repository. */
  private static Optional<Target> config(String rest) {
    String name = rest.substring(0, rest.length() - CONFIG.length());
    if (name.isEmpty()) return Optional.of(configOf(""));
    return name.indexOf('/', 1) < 0 ? Optional.of(configOf(name.substring(1))) : Optional.empty();
  }

  private static Target configOf(String name) {
    return new Target(Endpoint.CONFIG, name, Caller.NEWEST, false, "");
  }

  private static Optional<Target> below(String path, String uuid, int at) {
    if (path.startsWith(KEY, at)) return key(path, uuid, at, Caller.NEWEST, false);
    if (path.length() < at + 3 || path.charAt(at) != 'v' || path.charAt(at + 2) != '/')
      return Optional.empty();
    int version = path.charAt(at + 1) - '0';
    if (version < 0 || version > Caller.NEWEST) return Optional.empty();
    int word = at + 3;
    if (path.startsWith(KEY, word)) return key(path, uuid, word, version, true);
    return Endpoint.of(path.substring(word), version)
        .map(endpoint -> new Target(endpoint, uuid, version, true, ""));
  }

  private static Optional<Target> key(
      String path, String uuid, int at, int version, boolean versioned) {
    String key = path.substring(at + KEY.length());
    return key.isEmpty() || key.indexOf('/') >= 0
        ? Optional.empty()
        : Optional.of(new Target(Endpoint.KEY, uuid, version, versioned, key));
  }
}
