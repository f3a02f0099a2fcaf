/** What the gateway lends to whoever sends snapshots and receives them. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.stream;
