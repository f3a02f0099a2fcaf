package dev.penstock.volumes.disk;

/**
 * What a file system can do beyond reading and writing. It is tried, never guessed from the file
 * system's name.
 *
 * @param punch room can be given back
 * @param zeroRange a range can be zeroed without writing it, and be told from a hole after that
 * @param seek holes can be told from data
 * @param readNow memory can be read without waiting for the disk
 * @param readAhead the kernel can be told what will be read
 * @param regions a file can be handed to a socket
 */
public record Facilities(
    boolean punch,
    boolean zeroRange,
    boolean seek,
    boolean readNow,
    boolean readAhead,
    boolean regions) {}
