/** What of a connection Vert.x does not show. Here alone its internals and Netty's are touched. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.socket;
