/**
 * The embedded volume store: a volume is a sparse file, a manifest names it, and a rename is the
 * only commit point.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes;
