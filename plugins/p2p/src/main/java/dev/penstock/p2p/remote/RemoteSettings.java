package dev.penstock.p2p.remote;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.LimitReader;
import dev.penstock.spi.config.Problems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a repository of kind {@code p2phttp}.
 *
 * @param uuid of the repository, which is one of those that the server has
 * @param login whom the server knows, and where the password stands
 * @param ca the authorities that are trusted instead of the machine's own
 * @param connections how many may be in use at once, but for those that hold locks
 * @param locks how many may hold content locked at once; each is a connection
 */
record RemoteSettings(
    RemoteUrl url,
    String uuid,
    Optional<Login> login,
    Optional<Path> ca,
    int connections,
    int locks,
    RemoteLimits limits) {
  static final int CONNECTIONS = 64;
  static final int LOCKS = 100;
  static final int MOST = 10_000;
  private static final Duration TIME_MIN = Duration.ofMillis(1);
  static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);
  static final Duration STALL_LIMIT = Duration.ofMinutes(2);

  /** What it takes to read back a terabyte that was resumed, at a slow disk's rate. */
  static final Duration FINISH_LIMIT = Duration.ofHours(2);

  private static final RemoteUrl NONE = new RemoteUrl(false, "", 0, "");

  record Login(String user, Path passwordFile) {}

  /** Reads the block. Every problem goes to {@code problems}, with file and line. */
  static RemoteSettings read(Block block, Problems problems) {
    String text = block.requiredText("url", problems);
    Optional<RemoteUrl> url = RemoteUrl.parse(text);
    if (url.isEmpty() && !text.isEmpty())
      problems.add(
          block.at("url"),
          "%s: url is \"%s\"; it is like annex+https://host:9417/path"
              .formatted(block.name(), text));
    String uuid = block.requiredText("uuid", problems);
    Optional<Login> login = login(block, problems);
    if (login.isPresent() && url.isPresent() && !url.get().secure())
      problems.warn(
          block.at("url"),
          "%s: the password goes to %s as it is, for everybody on the way to read"
              .formatted(block.name(), url.get().host()));
    Optional<Path> ca = block.path("ca", problems);
    var reader = new LimitReader(block, problems);
    int connections = reader.count("connections", CONNECTIONS, MOST);
    int locks = reader.countOrNone("locks", LOCKS, MOST);
    var limits =
        new RemoteLimits(
            reader.time("connect_limit", CONNECT_LIMIT, TIME_MIN),
            reader.time("stall_limit", STALL_LIMIT, TIME_MIN),
            reader.time("finish_limit", FINISH_LIMIT, TIME_MIN));
    block.refuseOtherKeys(problems);
    return new RemoteSettings(url.orElse(NONE), uuid, login, ca, connections, locks, limits);
  }

  private static Optional<Login> login(Block block, Problems problems) {
    Optional<String> user = block.optionalText("user", problems);
    Optional<Path> file = block.path("password_file", problems);
    if (user.isPresent() != file.isPresent())
      problems.add(
          block.at(user.isPresent() ? "user" : "password_file"),
          block.name() + ": user and password_file go together");
    return user.flatMap(name -> file.map(path -> new Login(name, path)));
  }
}
