/** What the store promises, held to it: by models, power cuts, full disks and real kills. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes;
