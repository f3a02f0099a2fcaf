package dev.penstock.p2p.cluster;

/**
 * What is known of a node, for those who look after it.
 *
 * @param present whether its repository could be opened
 * @param transfers under way
 * @param errors lately: each counts half after a minute
 */
public record NodeState(String name, boolean present, int transfers, double errors) {}
