/** What a store's directory says of itself and its volumes, and how that is replaced. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.manifest;
