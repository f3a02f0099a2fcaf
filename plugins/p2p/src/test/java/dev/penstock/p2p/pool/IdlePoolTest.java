package dev.penstock.p2p.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class IdlePoolTest {
  /** What can be done, to a pool whose connections are numbered in the order they come. */
  enum Step {
    USED,
    UNUSED,
    KEEP_A,
    KEEP_B,
    TAKE_A,
    TAKE_B,
    REMOVE_SOME,
    A_WHILE
  }

  private record Connection(String key, int number) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Arbitraries.of(Step.class).list().ofMaxSize(200);
  }

  /** The same by means of one list, looked through each time. */
  private static final class Model {
    private final List<Connection> idle = new ArrayList<>();

    private List<Connection> keep(Connection one, int room) {
      List<Connection> evicted = new ArrayList<>();
      if (room == 0) return List.of(one);
      while (idle.size() >= room) {
        Connection oldest =
            idle.stream()
                .filter(other -> other.key().equals(one.key()))
                .findFirst()
                .orElseGet(idle::getFirst);
        idle.remove(oldest);
        evicted.add(oldest);
      }
      idle.add(one);
      return evicted;
    }

    private Optional<Connection> take(String key) {
      Optional<Connection> newest =
          idle.reversed().stream().filter(one -> one.key().equals(key)).findFirst();
      newest.ifPresent(idle::remove);
      return newest;
    }

    private List<Connection> shrink(int room) {
      List<Connection> evicted = new ArrayList<>();
      while (idle.size() > room) evicted.add(idle.removeFirst());
      return evicted;
    }
  }

  @Property
  void itDoesWhatALongListWouldDo(@ForAll("steps") List<Step> steps) {
    var pool = new IdlePool<String, Connection>(1, 4);
    var model = new Model();
    int number = 0;
    long evicted = 0;
    for (Step step : steps) {
      switch (step) {
        case USED -> pool.used();
        case UNUSED -> {
          if (pool.inUse() > 0) pool.unused();
        }
        case KEEP_A, KEEP_B -> {
          var one = new Connection(step == Step.KEEP_A ? "a" : "b", number++);
          List<Connection> going = pool.keep(one.key(), one);
          assertThat(going).isEqualTo(model.keep(one, pool.room()));
          evicted += going.size();
        }
        case TAKE_A -> assertThat(pool.take("a")).isEqualTo(model.take("a"));
        case TAKE_B -> assertThat(pool.take("b")).isEqualTo(model.take("b"));
        case REMOVE_SOME -> {
          if (model.idle.isEmpty()) continue;
          Connection middle = model.idle.remove(model.idle.size() / 2);
          assertThat(pool.remove(middle)).isTrue();
          assertThat(pool.remove(middle)).isFalse();
        }
        case A_WHILE -> {
          List<Connection> going = pool.aWhilePassed();
          assertThat(going).isEqualTo(model.shrink(pool.room()));
          evicted += going.size();
        }
      }
      assertThat(pool.size()).isEqualTo(model.idle.size()).isLessThanOrEqualTo(4);
      assertThat(pool.room()).isBetween(1, 4);
      assertThat(pool.evicted()).isEqualTo(evicted);
    }
    assertThat(pool.close()).isEqualTo(model.idle);
  }

  @Test
  void roomIsWhatWasInUseAtOnceLately() {
    var pool = new IdlePool<String, Connection>(1, 8);
    for (int i = 0; i < 5; i++) pool.used();
    for (int i = 0; i < 5; i++) pool.unused();
    assertThat(pool.room()).isEqualTo(5);

    pool.aWhilePassed();
    assertThat(pool.room()).isEqualTo(5);
    pool.aWhilePassed();
    assertThat(pool.room()).isEqualTo(1);
  }

  @Test
  void oneThatIsClosedKeepsNothing() {
    var pool = new IdlePool<String, Connection>(1, 8);
    pool.close();
    var late = new Connection("a", 1);

    assertThat(pool.keep("a", late)).containsExactly(late);
  }

  @Test
  void oneWithoutRoomKeepsNothing() {
    var pool = new IdlePool<String, Connection>(0, 0);
    var one = new Connection("a", 1);

    assertThat(pool.keep("a", one)).containsExactly(one);
  }
}
