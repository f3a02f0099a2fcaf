package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.handshake.AllocationContext;
import dev.penstock.nbd.handshake.BlockSizes;
import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.SelectedContext;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.Wire;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestRulesTest {
  private static final long SIZE_BYTES = 100_000_000;
  private static final int EVERYTHING =
      Wire.EXPORT_HAS_FLAGS
          | Wire.EXPORT_SEND_FLUSH
          | Wire.EXPORT_SEND_FUA
          | Wire.EXPORT_SEND_TRIM
          | Wire.EXPORT_SEND_WRITE_ZEROES
          | Wire.EXPORT_SEND_DF
          | Wire.EXPORT_SEND_CACHE
          | Wire.EXPORT_SEND_FAST_ZERO;

  private static final List<SelectedContext> ALLOCATION =
      List.of(new SelectedContext(1, new AllocationContext()));

  @ParameterizedTest(name = "{0} flags {1} at {2} + {3}: {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          READ         | 0  | 0         | 33554432   | ok
          READ         | 0  | 0         | 33554433   | EINVAL
          READ         | 5  | 99999999  | 1          | ok
          READ         | 0  | 99999999  | 2          | EINVAL
          READ         | 2  | 0         | 1          | EINVAL
          WRITE        | 1  | 0         | 33554432   | ok
          WRITE        | 0  | 0         | 33554433   | EINVAL
          WRITE        | 0  | 99999999  | 2          | ENOSPC
          WRITE        | 4  | 0         | 1          | EINVAL
          TRIM         | 1  | 0         | 100000000  | ok
          TRIM         | 0  | 0         | 100000001  | EINVAL
          CACHE        | 0  | 0         | 100000000  | ok
          WRITE_ZEROES | 19 | 0         | 100000000  | ok
          WRITE_ZEROES | 0  | 1         | 100000000  | ENOSPC
          WRITE_ZEROES | 4  | 0         | 1          | EINVAL
          BLOCK_STATUS | 8  | 0         | 1          | ok
          BLOCK_STATUS | 0  | 0         | 0          | EINVAL
          BLOCK_STATUS | 0  | 100000000 | 1          | EINVAL
          FLUSH        | 1  | 77        | 4294967295 | ok
          FLUSH        | 2  | 0         | 0          | EINVAL
          DISC         | 99 | 77        | 77         | ok
          UNKNOWN      | 0  | 0         | 0          | EINVAL
          """)
  void whatWasAgreedOnIsAcceptedAndNothingElse(
      Command command, int flags, long offset, long lengthBytes, String verdict) {
    var rules = rules(EVERYTHING, ALLOCATION, true);
    assertThat(verdict(rules, command, flags, offset, lengthBytes)).isEqualTo(verdict);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "READ, ok",
    "FLUSH, ok",
    "WRITE, EPERM",
    "TRIM, EPERM",
    "WRITE_ZEROES, EPERM",
    "CACHE, EINVAL",
    "BLOCK_STATUS, EINVAL"
  })
  void readOnlyExportsTakeReads(Command command, String verdict) {
    var rules = rules(Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_READ_ONLY, List.of(), false);
    assertThat(verdict(rules, command, 0, 0, 512)).isEqualTo(verdict);
  }

  @ParameterizedTest(name = "advertised {0}, fast {1}: {2}")
  @CsvSource({"false, false, EINVAL", "true, false, ENOTSUP", "true, true, ok"})
  void fastZeroIsOnlyTakenWhereItIsFast(boolean advertised, boolean fast, String verdict) {
    int flags = advertised ? EVERYTHING : Wire.EXPORT_SEND_WRITE_ZEROES;
    var rules = rules(flags, List.of(), fast);
    assertThat(verdict(rules, Command.WRITE_ZEROES, Wire.CMD_FLAG_FAST_ZERO, 0, 4096))
        .isEqualTo(verdict);
  }

  @ParameterizedTest(name = "extended: {0} flags {1} at {2} + {3}: {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          WRITE        | 32 | 0   | 512                  | ok
          WRITE        | 33 | 0   | 33554433             | EINVAL
          WRITE        | 0  | 0   | 512                  | ok
          WRITE        | 32 | 0   | -1                   | ENOSPC
          WRITE        | 32 | -1  | 1                    | ENOSPC
          READ         | 0  | 0   | 512                  | ok
          READ         | 32 | 0   | 512                  | EINVAL
          READ         | 0  | 0   | -9223372036854775808 | EINVAL
          READ         | 4  | 0   | 512                  | ok
          TRIM         | 0  | 0   | 6442450944           | ok
          TRIM         | 32 | 0   | 8                    | EINVAL
          TRIM         | 0  | 0   | 8589934593           | EINVAL
          WRITE_ZEROES | 18 | 512 | 6442450944           | ok
          CACHE        | 0  | 0   | 6442450944           | ok
          CACHE        | 32 | 0   | 8                    | EINVAL
          BLOCK_STATUS | 0  | 0   | 8589934592           | ok
          BLOCK_STATUS | 32 | 0   | 512                  | EINVAL
          FLUSH        | 32 | 0   | 8                    | EINVAL
          FLUSH        | 0  | -1  | -1                   | ok
          DISC         | 32 | -1  | -1                   | ok
          UNKNOWN      | 32 | 0   | 8                    | EINVAL
          """)
  void extendedRequestsReachFurtherAndCarryOnlyWhatTheyMay(
      Command command, int flags, long offset, long length, String verdict) {
    long sizeBytes = 8L << 30;
    boolean carries = (flags & Wire.CMD_FLAG_PAYLOAD_LEN) != 0;
    var request =
        new RequestHeader(flags, command, 1, offset, length, carries ? length : 0, List.of());
    var rules = rules(EVERYTHING, Dialect.EXTENDED, BlockSizes.STANDARD, ALLOCATION, true);
    assertThat(verdict(rules, request, sizeBytes)).isEqualTo(verdict);
  }

  @ParameterizedTest(name = "contexts {0}: {1}")
  @CsvSource({"1, ok", "2, ok", "1 2, ok", "2 1, ok", "3, EINVAL", "1 3, EINVAL", "1 1, EINVAL"})
  void aStatusIsOfContextsThatWereNegotiatedEachOnce(String ids, String verdict) {
    var both =
        List.of(
            new SelectedContext(1, new AllocationContext()),
            new SelectedContext(2, new AllocationContext()));
    int flags = EVERYTHING | Wire.EXPORT_BLOCK_STATUS_PAYLOAD;
    var rules = rules(flags, Dialect.EXTENDED, BlockSizes.STANDARD, both, true);
    assertThat(verdict(rules, statusOf(4096, ids), SIZE_BYTES)).isEqualTo(verdict);
    assertThat(verdict(rules, statusOf(0, ids), SIZE_BYTES)).isEqualTo("EINVAL");
  }

  @Test
  void aSelectionOfContextsIsRefusedWhereItWasNotOffered() {
    var rules = rules(EVERYTHING, Dialect.EXTENDED, BlockSizes.STANDARD, ALLOCATION, true);
    assertThat(verdict(rules, statusOf(4096, "1"), SIZE_BYTES)).isEqualTo("EINVAL");
  }

  private static RequestHeader statusOf(long lengthBytes, String ids) {
    List<Integer> contexts = Stream.of(ids.split(" ")).map(Integer::valueOf).toList();
    return new RequestHeader(
        Wire.CMD_FLAG_PAYLOAD_LEN, Command.BLOCK_STATUS, 1, 0, lengthBytes, 0, contexts);
  }

  @ParameterizedTest(name = "old-style: {0} flags {1} at {2} + {3}: {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          READ         | 0 | 0         | 512       | ok
          READ         | 0 | 99999999  | 2         | ENOSPC
          READ         | 0 | 0         | 33554433  | EINVAL
          WRITE        | 1 | 0         | 512       | ok
          WRITE        | 0 | 99999999  | 2         | ENOSPC
          WRITE        | 0 | -512      | 1024      | ENOSPC
          WRITE        | 0 | 0         | 67108864  | EINVAL
          WRITE        | 0 | 0         | 268435456 | ENOSPC
          FLUSH        | 0 | 0         | 0         | ok
          TRIM         | 0 | 0         | 512       | EINVAL
          TRIM         | 0 | 100000000 | 512       | ENOSPC
          WRITE_ZEROES | 0 | 0         | 512       | EINVAL
          CACHE        | 0 | 0         | 512       | EINVAL
          BLOCK_STATUS | 0 | 0         | 512       | EINVAL
          UNKNOWN      | 0 | 0         | 0         | EINVAL
          UNKNOWN      | 0 | 0         | 100000001 | ENOSPC
          DISC         | 0 | 100000001 | 0         | ok
          """)
  void oldStyleClientsAreToldENOSPCForEverythingPastTheEndAndEINVALForWhatTheyHaveNot(
      Command command, int flags, long offset, long lengthBytes, String verdict) {
    int told = Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_SEND_FLUSH | Wire.EXPORT_SEND_FUA;
    var rules = rules(told, Dialect.OLD_STYLE, BlockSizes.STANDARD, List.of(), true);
    assertThat(verdict(rules, command, flags, offset, lengthBytes)).isEqualTo(verdict);
  }

  @ParameterizedTest(name = "blocks of 4096: {0} at {1} + {2}: {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          READ         | 4096     | 8192    | ok
          READ         | 512      | 4096    | EINVAL
          READ         | 4096     | 512     | EINVAL
          READ         | 0        | 1048576 | ok
          READ         | 0        | 1052672 | EINVAL
          WRITE        | 4096     | 512     | EINVAL
          WRITE        | 0        | 1052672 | EINVAL
          WRITE        | 99999744 | 8192    | ENOSPC
          TRIM         | 0        | 1052672 | ok
          TRIM         | 512      | 4096    | EINVAL
          WRITE_ZEROES | 0        | 512     | EINVAL
          CACHE        | 1        | 4096    | EINVAL
          BLOCK_STATUS | 0        | 1       | EINVAL
          READ         | 99999744 | 256     | ok
          FLUSH        | 1        | 1       | ok
          """)
  void onlyWholeBlocksAreTakenAndNoMoreThanTheMaximum(
      Command command, long offset, long lengthBytes, String verdict) {
    var blocks = new BlockSizes(4096, 4096, 1 << 20);
    var rules = rules(EVERYTHING, Dialect.STRUCTURED, blocks, ALLOCATION, true);
    assertThat(verdict(rules, command, 0, offset, lengthBytes)).isEqualTo(verdict);
  }

  @ParameterizedTest(name = "told {0}, read-only {1}, to {2}: {3}")
  @CsvSource({
    "true, false, 100000000, ok",
    "true, false, 9223372036854775807, ok",
    "true, false, 99999999, EINVAL",
    "true, false, 0, EINVAL",
    "true, false, -1, ENOSPC",
    "true, true, 200000000, EPERM",
    "false, false, 200000000, EINVAL"
  })
  void aDeviceGrowsWhereThatWasToldAndNeverShrinks(
      boolean told, boolean readOnly, long newSizeBytes, String verdict) {
    int flags =
        (told ? EVERYTHING | Wire.EXPORT_SEND_RESIZE : EVERYTHING)
            | (readOnly ? Wire.EXPORT_READ_ONLY : 0);
    var rules = rules(flags, ALLOCATION, true);
    assertThat(verdict(rules, Command.RESIZE, 0, newSizeBytes, 0)).isEqualTo(verdict);
  }

  @Property
  void noRangeThatIsAcceptedEndsPastTheEnd(@ForAll long offset, @ForAll long lengthBytes) {
    var rules = rules(EVERYTHING, ALLOCATION, true);
    if (verdict(rules, Command.TRIM, 0, offset, lengthBytes).equals("ok")) {
      assertThat(offset).isBetween(0L, SIZE_BYTES);
      assertThat(lengthBytes).isBetween(0L, SIZE_BYTES - offset);
    }
  }

  private static RequestRules rules(int flags, List<SelectedContext> contexts, boolean fast) {
    return rules(flags, Dialect.STRUCTURED, BlockSizes.STANDARD, contexts, fast);
  }

  private static RequestRules rules(
      int flags, Dialect dialect, BlockSizes blocks, List<SelectedContext> contexts, boolean fast) {
    var offer = new ExportOffer("demo", "", SIZE_BYTES, flags, blocks);
    return new RequestRules(new Decision.Transmit("demo", offer, flags, dialect, contexts), fast);
  }

  private static String verdict(
      RequestRules rules, Command command, int flags, long offset, long lengthBytes) {
    return verdict(rules, new RequestHeader(flags, command, 1, offset, lengthBytes), SIZE_BYTES);
  }

  private static String verdict(RequestRules rules, RequestHeader request, long sizeBytes) {
    return switch (rules.check(request, sizeBytes)) {
      case RequestRules.Verdict.Accept _ -> "ok";
      case RequestRules.Verdict.Refuse(var error, var _) -> error.name();
    };
  }
}
