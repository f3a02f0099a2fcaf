/** Claims against plain arrays, and their files against bytes that rot. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.claim;
