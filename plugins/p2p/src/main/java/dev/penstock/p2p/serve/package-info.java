/** The P2P protocol over HTTP, from the server's side. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.serve;
