/** What both ends of the P2P protocol over HTTP have to agree on. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.wire;
