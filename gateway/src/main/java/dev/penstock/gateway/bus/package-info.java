/**
 * The gateway's own event bus: events and commands of this process, and the log of what happened.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.bus;
