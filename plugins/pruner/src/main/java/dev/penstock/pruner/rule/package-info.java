/** The rules: each a pure function from a volume's snapshots to the ones that it lets go. */
@org.jspecify.annotations.NullMarked
package dev.penstock.pruner.rule;
