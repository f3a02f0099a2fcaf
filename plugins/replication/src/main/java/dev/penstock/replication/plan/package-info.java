/**
 * What brings a receiver to where the sender is. Decided here, as pure functions over what both
 * sides have, and done elsewhere: a plan can be shown without being carried out.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.plan;
