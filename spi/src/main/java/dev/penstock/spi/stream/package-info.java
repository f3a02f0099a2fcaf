/** What a snapshot is while it travels: ordered extents, the same for every kind of store. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.stream;
