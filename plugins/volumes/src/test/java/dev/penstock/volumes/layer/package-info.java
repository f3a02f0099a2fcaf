/** Who owns a grain, against plain arrays, and what is kept in memory. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.layer;
