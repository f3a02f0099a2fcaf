/** What a layer says of its grains, in memory and on the disk. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.claim;
