package dev.penstock.p2p.config;

import dev.penstock.p2p.access.Right;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Several repositories that are served as one.
 *
 * @param uuid by which clients know that it is a cluster
 * @param nodes names of repositories
 */
public record ClusterSettings(ServedSettings served, String uuid, List<String> nodes) {
  /** Version 8, and {@code ac} first: how clients tell a cluster's from a repository's. */
  private static final Pattern UUID =
      Pattern.compile("ac[0-9a-f]{6}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}");

  public ClusterSettings {
    nodes = List.copyOf(nodes);
  }

  static ClusterSettings read(
      Block.Named named, Right otherwise, Set<String> repositories, Problems problems) {
    ServedSettings served = ServedSettings.read(named, otherwise, problems);
    Block block = named.block();
    String uuid = block.requiredText("uuid", problems);
    if (!uuid.isEmpty() && !UUID.matcher(uuid).matches())
      problems.add(
          block.at("uuid"),
          "%s: uuid is \"%s\"; a cluster's is one of version 8 that begins with ac, in small letters (git annex initcluster makes one)"
              .formatted(block.name(), uuid));
    List<String> nodes = nodes(block, repositories, problems);
    block.refuseOtherKeys(problems);
    return new ClusterSettings(served, uuid, nodes);
  }

  private static List<String> nodes(Block block, Set<String> repositories, Problems problems) {
    List<String> nodes = new ArrayList<>();
    for (Setting.Text node : block.texts("nodes", List.of(), problems))
      if (!repositories.contains(node.text()))
        problems.add(
            node.at(),
            "%s: nodes: there is no repository \"%s\"".formatted(block.name(), node.text()));
      else if (nodes.contains(node.text()))
        problems.add(
            node.at(), "%s: nodes: %s is there twice".formatted(block.name(), node.text()));
      else nodes.add(node.text());
    if (nodes.isEmpty())
      problems.add(block.at("nodes"), "%s: nodes takes one at least".formatted(block.name()));
    return nodes;
  }
}
