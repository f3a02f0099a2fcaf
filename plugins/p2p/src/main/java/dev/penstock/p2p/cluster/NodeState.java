package dev.penstock.p2p.cluster;

/**
 * What is known of a node, for those who look after it.
 *
 * @param present whether its repository could be opened
 * @param transfers under way
 * @param errors lately: each counts half after a minute
 */
public record NodeState(String name, boolean present, int transfers, double errors) {
  /** Of a cluster that could not be opened. */
  public static NodeState unknown(String name) {
    return new NodeState(name, false, 0, 0);
  }
}
