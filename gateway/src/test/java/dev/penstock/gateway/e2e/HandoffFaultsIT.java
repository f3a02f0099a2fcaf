package dev.penstock.gateway.e2e;

import dev.penstock.gateway.e2e.HandoffCase.Outcome;
import dev.penstock.gateway.house.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever happens to a hand-over between two gateways of the distribution, at whichever of its
 * transitions: one owns the volume in the end, nobody helps, every acknowledged write is there, and
 * clients that use it all the time go on.
 *
 * <p>Usually a fault at each point, and a few pairs. {@code -Dpenstock.faults=200} tries all faults
 * and so many pairs of them, {@code -Dpenstock.faults=pairs} all pairs, for hours, and {@code
 * -Dpenstock.faults.lanes=6} so many at once. What has come of each so far is written to {@code
 * target/HANDOFF-FAULTS.md}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandoffFaultsIT {
  private static final int LANES = Integer.getInteger("penstock.faults.lanes", 2);
  private static final Optional<String> WANTED =
      Optional.ofNullable(System.getProperty("penstock.faults"));
  private static final int SOME_PAIRS = 4;

  /** A point has four kinds or five: so another kind comes at each. */
  private static final int EVERY = 4;

  private static final Path PAGE = Repository.root().resolve("gateway/target/HANDOFF-FAULTS.md");

  private final HandoffTable table = new HandoffTable();
  private final Map<List<HandoffFault>, Future<Outcome>> tried = new LinkedHashMap<>();

  @SuppressWarnings("NullAway.Init") // before all tests
  private HandoffLanes lanes;

  /** All are on their way at once; each test waits for its own. */
  @BeforeAll
  void begin(@TempDir Path folder) {
    lanes = new HandoffLanes(folder, LANES);
    faults().forEach(one -> submit(List.of(one)));
    pairs().forEach(this::submit);
  }

  private void submit(List<HandoffFault> faults) {
    tried.put(faults, lanes.submit(faults));
  }

  static List<HandoffFault> faults() {
    List<HandoffFault> all = HandoffFault.all();
    if (WANTED.isPresent()) return all;
    return IntStream.range(0, all.size()).filter(i -> i % EVERY == 0).mapToObj(all::get).toList();
  }

  /** In the same order each time, and any part of it is of all kinds. */
  static List<List<HandoffFault>> pairs() {
    List<List<HandoffFault>> pairs = new ArrayList<>(HandoffFault.pairs());
    Collections.shuffle(pairs, new Random(1));
    return pairs.subList(
        0,
        WANTED
            .map(wanted -> wanted.equals("pairs") ? pairs.size() : Integer.parseInt(wanted))
            .orElse(SOME_PAIRS));
  }

  @ParameterizedTest
  @MethodSource("faults")
  @Timeout(300)
  void oneOwnerIsLeftAndEveryWriteAfter(HandoffFault fault) throws Exception {
    require(List.of(fault));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @Timeout(300)
  void oneOwnerIsLeftAndEveryWriteAfterBoth(List<HandoffFault> faults) throws Exception {
    require(faults);
  }

  private void require(List<HandoffFault> faults) throws Exception {
    try {
      table.put(faults, Objects.requireNonNull(tried.get(faults)).get().toString());
    } catch (ExecutionException e) {
      table.put(faults, "**!**");
      throw new AssertionError(e.getCause());
    } finally {
      table.write(PAGE);
    }
  }

  @AfterAll
  void end() throws IOException {
    lanes.close();
  }
}
