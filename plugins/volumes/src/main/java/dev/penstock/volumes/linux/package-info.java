/** The disk through Linux' own calls: all of the plugin's foreign functions are here. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.linux;
