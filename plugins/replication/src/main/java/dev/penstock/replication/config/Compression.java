package dev.penstock.replication.config;

/** What records are compressed with on their way. */
public enum Compression {
  ZSTD,
  NONE
}
