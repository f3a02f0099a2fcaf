package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Reads a configuration file into a {@link Block} whose every value knows its line. */
public final class ConfigFile {
  /** Far above any configuration that a person wrote; a disk image given by mistake is refused. */
  public static final int BYTES_MAX = 1 << 20;

  private ConfigFile() {}

  /** Empty if nothing could be read; what was found wrong is in {@code problems}. */
  public static Optional<Block> read(Path file, Problems problems) {
    Mark top = GatewayConfig.top(file);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        problems.add(
            top, "the file has more than %d bytes; is it a configuration?".formatted(BYTES_MAX));
        return Optional.empty();
      }
      return parse(file, bytes, problems);
    } catch (NoSuchFileException e) {
      problems.add(top, "there is no such file");
    } catch (AccessDeniedException e) {
      problems.add(top, "the file may not be read by this user");
    } catch (IOException e) {
      problems.add(top, "the file cannot be read: " + e.getMessage());
    }
    return Optional.empty();
  }

  private static Optional<Block> parse(Path file, byte[] bytes, Problems problems) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return new YamlReader(file.toString(), text, problems).read();
    } catch (CharacterCodingException e) {
      problems.add(GatewayConfig.top(file), "the file is not written in UTF-8");
      return Optional.empty();
    }
  }
}
