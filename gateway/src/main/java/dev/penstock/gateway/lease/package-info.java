/** Who needs which snapshot, and which ones are about to be destroyed: never both. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.lease;
