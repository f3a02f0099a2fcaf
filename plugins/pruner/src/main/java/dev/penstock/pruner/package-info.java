/** Destroys snapshots that no rule keeps any longer. */
@org.jspecify.annotations.NullMarked
package dev.penstock.pruner;
