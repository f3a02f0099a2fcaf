/** How the bytes of one snapshot get from a store, or a socket, to another. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.flow;
