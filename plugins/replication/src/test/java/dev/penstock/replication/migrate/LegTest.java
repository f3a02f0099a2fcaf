package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeInfo;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Snapshots are letters, oldest first; a partial is what it comes from, to where, and an offset.
 */
class LegTest {
  private static final UUID VOLUME = new UUID(7, 7);

  @ParameterizedTest(name = "here [{0}], there [{1}] and part [{2}], to {3}, all {4}: {5}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a b c | ''    | ''    | c | false | - to c at 0
          a b c | ''    | ''    | c | true  | - to a at 0
          a b c | a     | ''    | c | false | a to c at 0
          a b c | a     | ''    | c | true  | a to b at 0
          a b c | a b   | ''    | c | true  | b to c at 0
          a b c | a b c | ''    | c | false | there
          a b c | c     | ''    | c | true  | there
          a b c | a     | a b 9 | c | false | a to b at 9
          a b c | a     | a c 9 | c | false | a to c at 9
          a b c | ''    | - b 5 | c | false | - to b at 5
          a b c | a     | - b 5 | c | false | discard
          a b c | b     | a c 9 | c | false | discard
          a b c | a     | a x 9 | c | false | discard
          a b c | b     | b a 9 | c | false | discard
          """)
  void goesOnWhereTheDestinationIs(
      String here, String there, String part, String target, boolean all, String leg) {
    assertThat(text(Leg.next(history(here, ""), seen(there, part), info(target), all)))
        .isEqualTo(leg);
  }

  @Test
  void whatTheSourceDoesNotHaveIsNotGoneOver() {
    assertThatThrownBy(() -> Leg.next(history("a b", ""), seen("a x", ""), info("b"), false))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("snapshot x, which is none of those here");
  }

  @Test
  void whatIsSentIsDescribedAsItIsHere() {
    var leg = (Leg.Send) Leg.next(history("a", ""), Optional.empty(), info("a"), false);

    assertThat(leg.header())
        .isEqualTo(
            new StreamHeader(VOLUME, Optional.empty(), guid("a"), "a", Instant.EPOCH, 4096, 0));
  }

  private static String text(Leg leg) {
    return switch (leg) {
      case Leg.There _ -> "there";
      case Leg.Discard _ -> "discard";
      case Leg.Send(StreamHeader header) ->
          "%s to %s at %d"
              .formatted(
                  header.from().map(LegTest::letter).orElse("-"),
                  letter(header.to()),
                  header.offset());
    };
  }

  private static Optional<VolumeHistory> seen(String names, String part) {
    return names.isEmpty() && part.isEmpty() ? Optional.empty() : Optional.of(history(names, part));
  }

  private static VolumeHistory history(String names, String part) {
    var volume = new VolumeInfo(VOLUME, "vm", 4096, 0, Instant.EPOCH);
    List<SnapshotInfo> all =
        names.isEmpty()
            ? List.of()
            : Arrays.stream(names.split(" ", -1)).map(LegTest::info).toList();
    return new VolumeHistory("vm", Optional.of(volume), "disk", all, partial(part));
  }

  private static Optional<Partial> partial(String part) {
    if (part.isEmpty()) return Optional.empty();
    String[] words = part.split(" ", -1);
    Optional<UUID> from = words[0].equals("-") ? Optional.empty() : Optional.of(guid(words[0]));
    return Optional.of(new Partial(from, guid(words[1]), words[1], 4096, Long.parseLong(words[2])));
  }

  private static SnapshotInfo info(String letter) {
    return new SnapshotInfo(guid(letter), letter, 4096, Instant.EPOCH, Set.of());
  }

  private static UUID guid(String letter) {
    return new UUID(0, letter.charAt(0));
  }

  private static String letter(UUID guid) {
    return String.valueOf((char) guid.getLeastSignificantBits());
  }
}
