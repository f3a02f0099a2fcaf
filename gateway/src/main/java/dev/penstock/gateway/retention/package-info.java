/** Asks the modules that prune what they would make of snapshots that are not here yet. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.retention;
