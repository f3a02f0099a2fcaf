/** The layer that is written, and in which order what is written becomes durable. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.head;
