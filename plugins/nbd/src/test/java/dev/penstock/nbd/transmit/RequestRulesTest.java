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
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
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

  @Property
  void noRangeThatIsAcceptedEndsPastTheEnd(@ForAll long offset, @ForAll int length) {
    long lengthBytes = Integer.toUnsignedLong(length);
    var rules = rules(EVERYTHING, ALLOCATION, true);
    if (verdict(rules, Command.TRIM, 0, offset, lengthBytes).equals("ok")) {
      assertThat(offset).isBetween(0L, SIZE_BYTES);
      assertThat(lengthBytes).isLessThanOrEqualTo(SIZE_BYTES - offset);
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
    return switch (rules.check(
        new RequestHeader(flags, command, 1, offset, lengthBytes), SIZE_BYTES)) {
      case RequestRules.Verdict.Accept _ -> "ok";
      case RequestRules.Verdict.Refuse(var error, var _) -> error.name();
    };
  }
}
