package dev.penstock.gateway.admin;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who changed what: a line of JSON per change, in a file and in the log.
 *
 * <p>The line is in the file (not necessarily on the disk) before the caller has his answer. A file
 * that cannot be written is an error in the log, not a reason to refuse an operator who may be
 * about to make room.
 */
final class AuditLog {
  /** When the file is this large it becomes {@code audit.log.1}, and so on. */
  static final long FILE_BYTES_MAX = 16L << 20;

  /** Older files go. */
  static final int FILES_MAX = 5;

  private static final Set<StandardOpenOption> AT_THE_END =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);

  /** From its first moment: whoever has opened a file keeps it, whatever its mode becomes. */
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final Logger AUDIT = LoggerFactory.getLogger("penstock.audit");

  private final Vertx vertx;
  private final Path file;
  private final long fileBytesMax;

  AuditLog(Vertx vertx, Path folder) {
    this(vertx, folder, "audit.log", FILE_BYTES_MAX);
  }

  AuditLog(Vertx vertx, Path folder, String name, long fileBytesMax) {
    this.vertx = vertx;
    this.file = folder.resolve(name);
    this.fileBytesMax = fileBytesMax;
  }

  /** Always succeeds. Lines are written in the order of the calls. */
  Future<Void> write(JsonObject entry) {
    var line = AUDIT.atInfo();
    for (var field : entry.getMap().entrySet())
      line = line.addKeyValue(field.getKey(), field.getValue());
    line.log("change");
    return append(entry);
  }

  /** As {@link #write}, but for the log. Comes on one context: that keeps the order. */
  Future<Void> append(JsonObject entry) {
    byte[] bytes = (entry.encode() + "\n").getBytes(StandardCharsets.UTF_8);
    return vertx
        .executeBlocking(() -> append(bytes), true)
        .otherwise(failure -> {
          AUDIT
              .atError()
              .addKeyValue("file", file)
              .addKeyValue("reason", String.valueOf(failure))
              .log("audit line not written: make room, or mend the folder's rights");
          return 0;
        })
        .mapEmpty();
  }

  private int append(byte[] line) throws IOException {
    if (Files.exists(file) && Files.size(file) + line.length > fileBytesMax) rotate();
    try (var channel = Files.newByteChannel(file, AT_THE_END, OWNER_ONLY)) {
      for (var left = ByteBuffer.wrap(line); left.hasRemaining(); ) channel.write(left);
    }
    return line.length;
  }

  private void rotate() throws IOException {
    for (int age = FILES_MAX - 2; age >= 0; age--)
      if (Files.exists(aged(age)))
        Files.move(aged(age), aged(age + 1), StandardCopyOption.REPLACE_EXISTING);
  }

  private Path aged(int age) {
    return age == 0 ? file : file.resolveSibling(file.getFileName() + "." + age);
  }
}
