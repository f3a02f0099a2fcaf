/**
 * What the gateway remembers across restarts: tokens and modules' own notes, in one file that is
 * synced before anything in it takes effect.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.state;
