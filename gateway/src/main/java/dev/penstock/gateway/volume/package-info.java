/** Stores and volumes: which are open, who uses them, and how they are held still. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.volume;
