/**
 * How a volume is handed over from one gateway to another: what a message changes, and what is
 * answered to it. Pure functions over {@link dev.penstock.spi.ownership.Ownership}, which are
 * carried out elsewhere, one after another and durably: DESIGN.md has the rules, and a model goes
 * through everything that can happen under them.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.handoff;
