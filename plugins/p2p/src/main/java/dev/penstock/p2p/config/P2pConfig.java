package dev.penstock.p2p.config;

import dev.penstock.p2p.access.Right;
import dev.penstock.p2p.access.User;
import dev.penstock.p2p.access.Users;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of the module. Made from valid settings only, so nothing later has to check them
 * again.
 *
 * @param listen where to listen; at least one
 * @param basePath what stands before {@code /git-annex/} in URLs: empty, or {@code /x}
 * @param repositories in the order of the file
 */
public record P2pConfig(
    List<ListenSettings> listen,
    Optional<TlsSettings> tls,
    String basePath,
    List<RepositorySettings> repositories,
    List<ClusterSettings> clusters,
    List<User> users,
    Limits limits) {
  /** Each has its metrics. */
  static final int REPOSITORIES_MAX = 1000;

  public P2pConfig {
    listen = List.copyOf(listen);
    repositories = List.copyOf(repositories);
    clusters = List.copyOf(clusters);
    users = List.copyOf(users);
  }

  /** Reads the block of a module. Every problem goes to {@code problems}, with file and line. */
  public static P2pConfig read(Block block, Kinds kinds, Problems problems) {
    Optional<TlsSettings> tls =
        block.has("tls")
            ? TlsSettings.read(block.block("tls", problems), problems)
            : Optional.empty();
    List<ListenSettings> listen = ListenSettings.readAll(block, block.has("tls"), problems);
    Right anonymous = ServedSettings.right(block, "anonymous", Right.NONE, problems);
    List<RepositorySettings> repositories = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Block.Named one : block.namedBlocks("repositories", problems)) {
      repositories.add(RepositorySettings.read(one, anonymous, kinds, problems));
      names.add(one.name());
    }
    List<ClusterSettings> clusters = clusters(block, anonymous, names, problems);
    List<User> users = new ArrayList<>();
    for (Block.Named one : block.namedBlocks("users", problems))
      users.add(UserSettings.read(one, names, problems));
    Limits limits = Limits.read(block.block("limits", problems), problems);
    String basePath = basePath(block, problems);
    block.refuseOtherKeys(problems);
    refuseTooMany(block, "repositories", repositories.size(), REPOSITORIES_MAX, problems);
    refuseTooMany(block, "users", users.size(), Users.USERS_MAX, problems);
    return new P2pConfig(listen, tls, basePath, repositories, clusters, users, limits);
  }

  /** Adds their names to those of the repositories: rights and URLs name both. */
  private static List<ClusterSettings> clusters(
      Block block, Right anonymous, Set<String> names, Problems problems) {
    List<ClusterSettings> clusters = new ArrayList<>();
    Set<String> repositories = Set.copyOf(names);
    Set<String> uuids = new HashSet<>();
    for (Block.Named one : block.namedBlocks("clusters", problems)) {
      ClusterSettings cluster = ClusterSettings.read(one, anonymous, repositories, problems);
      clusters.add(cluster);
      if (!names.add(one.name()))
        problems.add(
            one.at(),
            "%s: there is a repository %s as well".formatted(one.block().name(), one.name()));
      if (!cluster.uuid().isEmpty() && !uuids.add(cluster.uuid()))
        problems.add(
            one.block().at("uuid"),
            "%s: another cluster has the uuid %s".formatted(one.block().name(), cluster.uuid()));
    }
    return clusters;
  }

  private static String basePath(Block block, Problems problems) {
    String path = block.text("base_path", "", problems);
    while (path.endsWith("/")) path = path.substring(0, path.length() - 1);
    if (path.isEmpty() || path.matches("(/[A-Za-z0-9._~-]+){1,16}")) return path;
    problems.add(
        block.at("base_path"),
        "%s: base_path is \"%s\"; it takes one such as /annex".formatted(block.name(), path));
    return "";
  }

  private static void refuseTooMany(
      Block block, String key, int count, int most, Problems problems) {
    if (count > most)
      problems.add(
          block.at(key), "%s: %d %s; the most is %d".formatted(block.name(), count, key, most));
  }
}
