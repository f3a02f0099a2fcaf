package dev.penstock.p2p.serve;

import dev.penstock.spi.content.Caller;
import java.util.Optional;

/**
 * What a path leads to. The path is taken apart as it came, and each part decoded once, by whoever
 * needs it: a slash in a key is {@code %2F}, and separates nothing.
 *
 * @param where uuid or name, as it came
 * @param version of the path; the newest where there is none
 * @param key as it came; empty where the path has none
 */
record Target(Endpoint endpoint, String where, int version, String key) {
  private static final String GIT_ANNEX = "git-annex/";
  private static final String CONFIG = "/config";
  private static final String KEY = "key/";

  /** Empty if it leads nowhere. */
  static Optional<Target> of(String path, String basePath) {
    if (!path.startsWith("/", basePath.length()) || !path.startsWith(basePath))
      return Optional.empty();
    // Of a URL that ends in a slash git-annex makes two.
    int begin = skipSlashes(path, basePath.length());
    if (path.endsWith(CONFIG)) {
      Optional<Target> config = config(path, begin);
      if (config.isPresent()) return config;
    }
    if (!path.startsWith(GIT_ANNEX, begin)) return Optional.empty();
    int uuid = begin + GIT_ANNEX.length();
    // A client whose URL ends in /git-annex says it twice: §1 row 10.
    int again = skipSlashes(path, uuid);
    if (path.startsWith(GIT_ANNEX, again)) uuid = again + GIT_ANNEX.length();
    int slash = path.indexOf('/', uuid);
    if (slash <= uuid) return Optional.empty();
    return below(path, path.substring(uuid, slash), slash + 1);
  }

  private static int skipSlashes(String path, int from) {
    int at = from;
    while (at < path.length() && path.charAt(at) == '/') at++;
    return at;
  }

  /** Of one segment, or none where there is one repository. */
  private static Optional<Target> config(String path, int begin) {
    int end = path.length() - CONFIG.length();
    if (end < begin) return Optional.of(configOf(""));
    String name = path.substring(begin, end);
    return name.indexOf('/') < 0 ? Optional.of(configOf(name)) : Optional.empty();
  }

  private static Target configOf(String name) {
    return new Target(Endpoint.CONFIG, name, Caller.NEWEST, "");
  }

  private static Optional<Target> below(String path, String uuid, int at) {
    if (path.startsWith(KEY, at)) return key(path, uuid, at, Caller.NEWEST);
    if (path.length() < at + 3 || path.charAt(at) != 'v' || path.charAt(at + 2) != '/')
      return Optional.empty();
    int version = path.charAt(at + 1) - '0';
    if (version < 0 || version > Caller.NEWEST) return Optional.empty();
    int word = at + 3;
    if (path.startsWith(KEY, word)) return key(path, uuid, word, version);
    return Endpoint.of(path.substring(word), version)
        .map(endpoint -> new Target(endpoint, uuid, version, ""));
  }

  private static Optional<Target> key(String path, String uuid, int at, int version) {
    String key = path.substring(at + KEY.length());
    return key.isEmpty() || key.indexOf('/') >= 0
        ? Optional.empty()
        : Optional.of(new Target(Endpoint.KEY, uuid, version, key));
  }
}
