/**
 * Volumes: what a store offers, what a user may do with one, and how the gateway asks a user to let
 * go of it.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.volume;
