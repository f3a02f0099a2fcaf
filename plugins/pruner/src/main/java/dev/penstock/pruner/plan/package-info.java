/** Decides which snapshots of a volume go, and says why; pure. */
@org.jspecify.annotations.NullMarked
package dev.penstock.pruner.plan;
