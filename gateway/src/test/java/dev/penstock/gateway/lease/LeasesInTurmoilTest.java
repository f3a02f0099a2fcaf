package dev.penstock.gateway.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.lease.Leases.Party;
import dev.penstock.gateway.lease.Leases.Term;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.spi.testing.FakeClock;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Leases, sendings, destroys and restarts in any order, most of them asked for before the one
 * before them was durable. No snapshot is ever leased and condemned at once, and no lease that was
 * acknowledged and may outlive the process is missing after a restart.
 */
class LeasesInTurmoilTest {
  private static final List<UUID> SNAPSHOTS = Stream.generate(UUID::randomUUID).limit(3).toList();

  private static final UUID VOLUME = UUID.randomUUID();
  private static final Duration EXPIRY = Duration.ofMinutes(10);

  enum What {
    READ,
    NEED,
    NEED_IDLY,
    NEED_NOTHING,
    PUT_DOWN,
    SENDING,
    SENT_TO_END,
    CONDEMN,
    MAKE_ROOM,
    FORGET,
    TIME_PASSES,
    SETTLE,
    RESTART
  }

  /** What is done, and to which snapshot. */
  record Step(What what, int snapshot) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    // Often enough that what is needed for sure is asked to make room.
    Arbitrary<What> often =
        Arbitraries.of(What.NEED, What.SETTLE, What.SENDING, What.SENT_TO_END, What.MAKE_ROOM);
    return Combinators.combine(
            Arbitraries.oneOf(Arbitraries.of(What.class), often),
            Arbitraries.integers().between(0, SNAPSHOTS.size() - 1))
        .as(Step::new)
        .list()
        .ofMinSize(5)
        .ofMaxSize(40);
  }

  @Property(tries = 100)
  void neverLeasedAndCondemnedAtOnceAndNothingIsForgotten(@ForAll("steps") List<Step> steps)
      throws Exception {
    Path folder = Files.createTempDirectory("leases-");
    try (var turmoil = new Turmoil(folder)) {
      for (Step step : steps) {
        turmoil.take(step);
        turmoil.check();
      }
      turmoil.restart();
      turmoil.check();
    } finally {
      remove(folder);
    }
  }

  /** The leases, and what was acknowledged of them. */
  private static final class Turmoil implements AutoCloseable {
    private static final String OWNER = "job";

    private final Path folder;
    private final FakeClock clock = new FakeClock();
    private final List<Future<?>> underWay = new ArrayList<>();

    /** Needed for sure: the last need was acknowledged with it, and none is under way. */
    private volatile Set<UUID> needed = Set.of();

    /** Whether what is needed may give way to a destroy once time has passed. */
    private volatile boolean idle;

    /** Condemned since the last need was asked for. */
    private final Set<UUID> gone = ConcurrentHashMap.newKeySet();

    private volatile int needsAsked;

    /** Asked for, and not answered: until then nobody can say what is needed. */
    private volatile boolean needUnderWay;

    /** Since the last need was asked for. */
    private volatile boolean putDown;

    /** What is needed was begun to be sent, since the last need was asked for. */
    private boolean beingSent;

    /** Its end went out while it was needed, and it was needed ever since. */
    private final Set<UUID> sent = new HashSet<>();

    private final List<UUID> wronglyGone = new CopyOnWriteArrayList<>();

    /** Acknowledged, and not asked to be forgotten. */
    private final Set<UUID> condemned = ConcurrentHashMap.newKeySet();

    private StateFile state;
    private Leases leases;

    Turmoil(Path folder) {
      this.folder = folder;
      state = StateFile.open(folder);
      leases = new Leases(state, clock);
    }

    void take(Step step) throws Exception {
      UUID snapshot = SNAPSHOTS.get(step.snapshot());
      switch (step.what()) {
        case READ ->
            underWay.add(
                leases.acquire(new Party(VOLUME, "reader"), snapshot, "demo@x", Lease.Kind.READ));
        case NEED -> need(Set.of(snapshot), true);
        case NEED_IDLY -> need(Set.copyOf(List.of(snapshot, SNAPSHOTS.getFirst())), false);
        case NEED_NOTHING -> need(Set.of(), true);
        case PUT_DOWN -> {
          leases.putDown(OWNER);
          idle = true;
          putDown = true;
        }
        case SENDING -> {
          leases.sending(new Party(VOLUME, OWNER));
          beingSent = true;
        }
        case SENT_TO_END -> {
          Set<UUID> neededNow = needed;
          if (leases.sentToEnd(new Party(VOLUME, OWNER), List.of(snapshot))
              && neededNow.contains(snapshot)) sent.add(snapshot);
        }
        case CONDEMN -> condemn(snapshot, leases::condemn, false);
        case MAKE_ROOM ->
            condemn(snapshot, leases::condemnNeeded, beingSent && !sent.contains(snapshot));
        case FORGET -> {
          if (condemned.remove(snapshot)) underWay.add(leases.forget(List.of(snapshot)));
        }
        case TIME_PASSES -> clock.advance(EXPIRY);
        case SETTLE -> settle();
        case RESTART -> restart();
      }
    }

    private void condemn(
        UUID snapshot,
        Function<List<UUID>, Future<Leases.Condemned>> condemning,
        boolean givesWay) {
      boolean mayGo = idle || needUnderWay || givesWay;
      Set<UUID> neededNow = needed;
      underWay.add(
          condemning
              .apply(List.of(snapshot))
              .onSuccess(wish -> {
                condemned.addAll(wish.guids());
                gone.addAll(wish.guids());
                if (!wish.guids().contains(snapshot)) return;
                if (mayGo) needed = without(needed, Set.of(snapshot));
                else if (neededNow.contains(snapshot)) wronglyGone.add(snapshot);
              }));
    }

    /** What it was before is no longer for sure; what it is afterwards once it is acknowledged. */
    private void need(Set<UUID> snapshots, boolean inUse) {
      Map<UUID, String> subjects =
          snapshots.stream().collect(Collectors.toMap(guid -> guid, _ -> "demo@x"));
      idle = true; // until all that is under way is settled nothing is said about it
      needed = Set.of();
      gone.clear();
      needUnderWay = true;
      putDown = false;
      beingSent = false;
      sent.retainAll(snapshots);
      int mine = needsAsked + 1;
      needsAsked = mine;
      underWay.add(
          leases
              .need(new Party(VOLUME, OWNER), subjects, new Term(inUse, EXPIRY))
              .onSuccess(_ -> {
                if (mine != needsAsked) return; // it was replaced before it was acknowledged
                needed = without(snapshots, gone); // it may have expired at once
                idle = !inUse || putDown;
              })
              .onComplete(_ -> {
                if (mine == needsAsked) needUnderWay = false;
              }));
    }

    private static Set<UUID> without(Set<UUID> all, Set<UUID> some) {
      return all.stream().filter(guid -> !some.contains(guid)).collect(Collectors.toSet());
    }

    private void settle() throws Exception {
      for (Future<?> one : underWay)
        try {
          one.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException _) {
          // Refused: the other side had it.
        } catch (TimeoutException e) {
          throw new AssertionError("no answer", e);
        }
      underWay.clear();
      checkState();
    }

    void restart() throws Exception {
      settle();
      state.close();
      state = StateFile.open(folder);
      leases = new Leases(state, clock);
      condemned.clear();
      idle = true;
      beingSent = false;
      sent.clear(); // nobody knows any more
      assertThat(leases.holders().keySet()).as("missing after a restart").containsAll(needed);
    }

    void check() {
      Set<UUID> leased = new HashSet<>(leases.holders().keySet());
      assertThat(Collections.disjoint(leased, condemned)).as("leased and condemned").isTrue();
      assertThat(wronglyGone).as("gave way and must not").isEmpty();
    }

    private void checkState() {
      Map<String, String> durable = state.map("leases").all();
      for (var one : durable.entrySet())
        if (one.getKey().startsWith("lease."))
          assertThat(durable)
              .as("leased and condemned in the state")
              .doesNotContainKey(
                  "condemned."
                      + LeaseText.read(one.getKey().substring(6), one.getValue()).snapshot());
    }

    @Override
    public void close() {
      state.close();
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
    }
  }
}
