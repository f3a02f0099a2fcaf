/** The snapshots of all stores' volumes, for modules that take, send, receive and destroy them. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.snapshot;
