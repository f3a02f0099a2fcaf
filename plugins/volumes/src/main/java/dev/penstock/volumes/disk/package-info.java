/**
 * The store's only way to the disk, and what stands in where Linux' own calls are not to be had.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.disk;
