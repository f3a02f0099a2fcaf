/** What Linux' own calls do on the file system at hand. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.linux;
