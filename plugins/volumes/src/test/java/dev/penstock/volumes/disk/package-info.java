/** A disk that loses power, and what every way to the disk has to do alike. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.disk;
