/**
 * Repositories behind another server that speaks the P2P protocol over HTTP. Source: git-annex's
 * design document {@code p2p_protocol_over_http}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.remote;
