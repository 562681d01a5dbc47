/* R6, the write-off of a lost node (cluster-quota.md, section 7), for Debian's spin.
 *
 * One process that takes any step that is possible. Time is ticks; of every instant only its age is
 * kept, and only up to where it stops to matter, so that all of time is a finite number of states.
 * README.md says what is modelled, what is left out and which switch removes which rule.
 *
 * Nodes 0 to N-1 are members; the last KS of them may be lost, and are called k here.
 */

/* ---- sizes ----------------------------------------------------------------------------------- */

#ifndef N
#define N 3          /* members */
#endif
#ifndef KS
#define KS 1         /* how many of them may be lost */
#endif
#ifndef LIMIT
#define LIMIT 1      /* L */
#endif
#ifndef GIVEN_MOST
#define GIVEN_MOST 1 /* bound of every pair counter */
#endif
#ifndef FULL
#define FULL (N - 1) /* who holds all permits at first */
#endif
#ifndef OPEN
#define OPEN 1 /* from a check to the end of the window of what passed it: 60 s + D + W */
#endif
#ifndef MARGIN
#define MARGIN OPEN /* what a voter waits beyond T_out; less where a window is long */
#endif

/* Versions of what the log says of voters and of T_out: version t has the voters VOTERS(t), a mask,
   and T_out(t) ticks. */
#ifdef VOTERS_CHANGE /* one at a time: 0; 0 and 1; 1 */
#define VERSIONS 3
#define VOTERS(t) ((t) == 0 -> 1 : ((t) == 1 -> 3 : 2))
#define EVER_VOTERS 3
#else
#ifndef VOTER_MASK
#define VOTER_MASK 7
#endif
#define VOTERS(t) VOTER_MASK
#define EVER_VOTERS VOTER_MASK
#endif
#if defined(T_OUT_FALLS)
#define VERSIONS 2
#define T_OUT(t) (2 - (t))
#define T_MOST 2
#define T_LEAST 1
#elif defined(T_OUT_RISES)
#define VERSIONS 2
#define T_OUT(t) (1 + (t))
#define T_MOST 2
#define T_LEAST 1
#else
#ifndef T_MOST
#define T_MOST 2
#endif
#define T_OUT(t) T_MOST
#define T_LEAST T_MOST
#endif
#ifndef VERSIONS
#define VERSIONS 1
#endif

#define K0 (N - KS)
#define P(i, j) ((i) * N + (j))
#define KX(i) ((i) < K0 -> K0 : (i)) /* an index that is there, where it is not used */
#define Q(i, k) ((i) * KS + (k) - K0)
#define BIT(mask, i) (((mask) >> (i)) & 1)
#define DEAD (T_MOST + 1)         /* an age at which no contact is left */
#define SILENT (T_MOST + MARGIN)  /* a silence that is long enough for everything */

#if N == 3
#define SUM(F, x) (F(x, 0) + F(x, 1) + F(x, 2))
#define ALL(F, x) (F(x, 0) && F(x, 1) && F(x, 2))
#define NODES(M) M(0) M(1) M(2)
#define ALL_PAIRS(M) M(0, 1) M(0, 2) M(1, 0) M(1, 2) M(2, 0) M(2, 1)
#if KS == 1
#define LOST(M) M(2)
#define OTHERS(M) M(0, 2) M(1, 2)
#else
#define LOST(M) M(1) M(2)
#define OTHERS(M) M(0, 1) M(0, 2) M(1, 2) M(2, 1)
#endif
#else
#define SUM(F, x) (F(x, 0) + F(x, 1) + F(x, 2) + F(x, 3))
#define ALL(F, x) (F(x, 0) && F(x, 1) && F(x, 2) && F(x, 3))
#define NODES(M) M(0) M(1) M(2) M(3)
#define ALL_PAIRS(M) M(0, 1) M(0, 2) M(0, 3) M(1, 0) M(1, 2) M(1, 3) \
                     M(2, 0) M(2, 1) M(2, 3) M(3, 0) M(3, 1) M(3, 2)
#if KS == 1
#define LOST(M) M(3)
#define OTHERS(M) M(0, 3) M(1, 3) M(2, 3)
#else
#define LOST(M) M(2) M(3)
#define OTHERS(M) M(0, 2) M(0, 3) M(1, 2) M(1, 3) M(2, 3) M(3, 2)
#endif
#endif
#ifdef ONLY_WITH_K /* only k gives, and is given: the fold leaves alone what is between others */
#if N == 3
#define PAIRS(M) M(0, 2) M(1, 2) M(2, 0) M(2, 1)
#elif KS == 2
#define PAIRS(M) M(0, 2) M(1, 2) M(2, 0) M(2, 1) \
                 M(0, 3) M(1, 3) M(2, 3) M(3, 0) M(3, 1) M(3, 2)
#else
#define PAIRS(M) M(0, 3) M(1, 3) M(2, 3) M(3, 0) M(3, 1) M(3, 2)
#endif
#else
#define PAIRS(M) ALL_PAIRS(M)
#endif
#if KS == 1
#define GONE_SETS(M) M((1 << K0))
#else
#define GONE_SETS(M) M((1 << K0)) M((2 << K0)) M((3 << K0))
#endif

/* ---- state ----------------------------------------------------------------------------------- */

/* Books. hold = part + what was received - what was given = idle + cool, while a book is there. */
short part[N];     /* `init` of the record, as applied here */
byte idle[N];
byte cool[N];       /* in flight or cooling, until `cool_for` ticks from now */
byte cool_for[N];
byte giv[N * N];    /* [P(i, j)]: given by i to j, at i */
byte rcv[N * N];    /* [P(i, j)]: received by i from j, at i */
bit lost[N];        /* R5: the book is lost, or its epoch was closed; the next epoch asks all */
byte answered[N];   /* by whom: from then on nothing of the older life counts there */

/* What the provider sees, whatever any book says. */
byte open[N];
byte open_for[N];

/* Contact, per voter v and lost node k. A message that is late makes less possible than one that
   is not, so: whatever v heard it echoed at once, and whatever it echoed k has heard. */
byte echoed[N * KS];  /* age of the newest message of k's present life that v ever echoed */
byte silence[N * KS]; /* for how long v believes to have heard nothing new of k */
#ifdef COUNT_FROM_ARRIVAL
byte arrived[N * KS]; /* age of the last arrival of any echo */
#endif

/* The write-off, per member i and lost node k. */
byte closed[N * KS];  /* 0: open; 1: no life of k counts; 2: only one newer than was closed */
byte agreed[N * KS];  /* the T_out up to which the silence sufficed, and 1; 0: it did not agree */
bit told[N * KS];
byte told_giv[N * KS];
byte told_rcv[N * KS];
byte blank;           /* who told without a book, and 1 */
#ifdef ABANDON
bit abandoned[KS];              /* in the log: the write-off was given up once */
bit knows_abandoned[N * KS];
#endif
#ifdef OPERATOR
bit is_off[KS];       /* "it is really off" */
byte off_since[KS];
#endif

/* The log. */
byte version;         /* of voters and T_out */
byte known[KS];       /* the one that k has */
#if VERSIONS > 1
byte known_for[KS * VERSIONS]; /* for how long k has had it */
#endif
byte gone;            /* MembersGone: the set, a mask */
byte heir;
short new_init[N];
bit folded[N];        /* the entry was applied there */
bit is_new[KS];       /* k joined as a new member */
#ifdef CURRENT_VERSION_ONLY
byte changed;         /* age of the last version */
#endif

/* Nothing of these outlives a step. */
hidden byte x; hidden byte y; hidden byte z;
hidden short sum; hidden short more;
hidden byte may;

/* ---- who may do what ------------------------------------------------------------------------- */

#define IS_K(i) ((i) >= K0)
/* k may be dead or stopped at any time: then it takes none of its steps. Off is off, though. */
#ifdef OPERATOR
#define RUNS(i) (!IS_K(i) || !is_off[KX(i) - K0] || gone)
#else
#define RUNS(i) 1
#endif
#define IS_GONE(i) (BIT(gone, i) && !is_new[KX(i) - K0])

/* j takes what comes from i, as far as it knows who counts. */
#define COUNTS(j, i) \
  (!(IS_K(i) && closed[Q(j, KX(i))]) && !(lost[i] && BIT(answered[i], j)) \
   && (!BIT(gone, i) || (is_new[KX(i) - K0] && folded[j])) \
   && (!BIT(gone, j) || (is_new[KX(j) - K0] && folded[i])))

#define VOTES(t, v) BIT(VOTERS(t), v)
#define EVER(v) BIT(EVER_VOTERS, v)

#ifdef COUNT_FROM_ARRIVAL
#define AGE(k, v) arrived[Q(v, k)]
#else
#define AGE(k, v) echoed[Q(v, k)]
#endif
#define HAS(k, v) (VOTES(known[(k) - K0], v) && ((v) == (k) || AGE(k, v) <= T_OUT(known[(k) - K0])))
#define SIZE(t, v) VOTES(t, v)
#ifdef NO_CONTACT
#define IN_CONTACT(k) 1
#else
#define IN_CONTACT(k) (2 * SUM(HAS, k) > SUM(SIZE, known[(k) - K0]))
#endif

#ifdef ABANDON
#ifdef OLD_ROUND_COUNTS
#define KNOWS_ROUND(i, k) 1
#else
#define KNOWS_ROUND(i, k) (knows_abandoned[Q(i, k)] == abandoned[(k) - K0])
#endif
#else
#define KNOWS_ROUND(i, k) 1
#endif

/* What has to be possible, lest a model that does nothing is taken for one that does it right. */
#if REACHES == 1
#define GOAL (gone && folded[heir] && open[heir])                 /* the heir uses what k held */
#elif REACHES == 2
#define GOAL (is_new[0] && open[K0] && cool[K0])                  /* k uses as a new member */
#elif REACHES == 3
#define GOAL (abandoned[0] && knows_abandoned[0] && knows_abandoned[1] && !closed[0] && !closed[1] \
              && !gone && idle[K0] && IN_CONTACT(K0))             /* k is back with its share */
#elif REACHES == 4
#define GOAL (gone && heir == 1 && folded[1] && !lost[1] && idle[1]) /* who has no book inherits */
#elif REACHES == 5
#define GOAL (gone == (3 << K0) && folded[heir] && idle[heir])    /* two went at once */
#endif

/* ---- what holds in every state --------------------------------------------------------------- */

inline check() {
#ifdef REACHES
  assert(!GOAL);
#endif
  sum = 0;
  for (x : 0 .. N - 1) { sum = sum + open[x]; }
  assert(sum <= LIMIT);                              /* nothing is used twice within a window */
  sum = 0;
  for (x : 0 .. N - 1) {
    more = part[x];
    for (y : 0 .. N - 1) {
      if
      :: x != y ->
        more = more + rcv[P(x, y)] - giv[P(x, y)];
        /* I1, between members that count for each other */
        may = (!IS_GONE(x) && !IS_GONE(y)
          && (!BIT(gone, x) || folded[y]) && (!BIT(gone, y) || folded[x])
          && !lost[x] && !lost[y]);
        assert(!may || giv[P(x, y)] >= rcv[P(y, x)])
      :: else
      fi
    }
    assert(lost[x] || more == idle[x] + cool[x]);    /* I2; neither can be below 0 */
    if
    :: BIT(gone, x) || folded[x] || !gone -> sum = sum + (IS_GONE(x) -> 0 : part[x])
    :: else -> sum = sum + new_init[x]
    fi
  }
  assert(sum == LIMIT);                              /* what there is stays, across the fold too */
}

/* ---- steps ----------------------------------------------------------------------------------- */

inline tick() {
  for (x : 0 .. N - 1) {
    if
    :: open_for[x] > 1 -> open_for[x]--
    :: else -> open_for[x] = 0; open[x] = 0
    fi;
    if
    :: cool_for[x] > 1 -> cool_for[x]--
    :: else -> cool_for[x] = 0; idle[x] = idle[x] + cool[x]; cool[x] = 0
    fi;
    if
    :: EVER(x) ->
      for (y : K0 .. N - 1) {
        if
        :: x != y ->
          if
          :: echoed[Q(x, y)] < DEAD -> echoed[Q(x, y)]++
          :: else
          fi;
#ifdef COUNT_FROM_ARRIVAL
          if
          :: arrived[Q(x, y)] < DEAD -> arrived[Q(x, y)]++
          :: else
          fi;
#endif
          if
          :: silence[Q(x, y)] < SILENT && !gone -> silence[Q(x, y)]++
          :: else
          fi
        :: else
        fi
      }
    :: else
    fi
  }
#ifdef OPERATOR
  for (x : 0 .. KS - 1) {
    if
    :: is_off[x] && off_since[x] < OPEN -> off_since[x]++
    :: else
    fi
  }
#endif
#if VERSIONS > 1
  for (x : 0 .. KS * VERSIONS - 1) {
    if
    :: known_for[x] < OPEN && x % VERSIONS <= known[x / VERSIONS] -> known_for[x]++
    :: else
    fi
  }
#endif
#ifdef CURRENT_VERSION_ONLY
  if
  :: changed < SILENT -> changed++
  :: else
  fi
#endif
}

/* A request. Nodes that can not be lost need no contact here: they may do more than they do. */
#define USE(i) \
  :: d_step { idle[i] > 0 && !lost[i] && RUNS(i) && (!IS_K(i) || IN_CONTACT(KX(i))) -> \
    idle[i]--; cool[i]++; cool_for[i] = OPEN; open[i]++; open_for[i] = OPEN }

/* R1, R3. A message says what `giv` was when it was made, and may come at any time or never: so it
   is enough that the receiver may take one more at any time. */
#define GIVE(i, j) \
  :: d_step { idle[i] > 0 && !lost[i] && RUNS(i) && giv[P(i, j)] < GIVEN_MOST && COUNTS(i, j) -> \
    idle[i]--; giv[P(i, j)]++ }
#define RECEIVE(i, j) \
  :: d_step { !lost[i] && RUNS(i) && rcv[P(i, j)] < giv[P(j, i)] && COUNTS(i, j) -> \
    rcv[P(i, j)]++; idle[i]++ }

/* A voter hears k and echoes it, at once or ever after. */
#define HEAR(v, k) \
  :: d_step { EVER(v) && RUNS(v) && RUNS(k) && (COUNTS(v, k) || HEARS_ANYWAY(v, k)) \
      && !IS_GONE_TO(v, k) && (!lost[k] || BIT(answered[k], v)) \
      && (echoed[Q(v, k)] || silence[Q(v, k)]) -> \
    echoed[Q(v, k)] = 0; silence[Q(v, k)] = 0 }
#define IS_GONE_TO(v, k) (IS_K(v) && IS_GONE(KX(v)))
#ifdef AGREES_AND_ECHOES
#define HEARS_ANYWAY(v, k) (!gone)
#else
#define HEARS_ANYWAY(v, k) (lost[k] && closed[Q(v, k)] == 0 && BIT(answered[k], v) && !gone)
#endif
#ifdef COUNT_FROM_ARRIVAL
#define ECHO_COMES(v, k) \
  :: d_step { EVER(v) && arrived[Q(v, k)] && !lost[k] -> arrived[Q(v, k)] = 0 }
#else
#define ECHO_COMES(v, k)
#endif

/* kill -9 of a voter: the book and what was closed stay, when it last heard k does not. */
#ifdef START_IS_SILENCE
#define FROM_START SILENT
#else
#define FROM_START 0
#endif
#define KILL(v, k) \
  :: d_step { EVER(v) && !gone && silence[Q(v, k)] != FROM_START && closed[Q(v, k)] != 1 -> \
    silence[Q(v, k)] = FROM_START }
/* kill -9 of k. */
#ifdef RESTART_IS_CONTACT
#define KILL_K(k) \
  :: d_step { !is_new[(k) - K0] -> \
    for (x : 0 .. N - 1) { if :: EVER(x) && x != k -> echoed[Q(x, k)] = 0 :: else fi }; skip }
#else
#define KILL_K(k) /* it has no contact until an echo comes, and none has to come; R4 as ever */
#endif

/* -- lost books, R5 -- */

inline begin_life(i) {
  lost[i] = 1; answered[i] = 0; cool_for[i] = OPEN; idle[i] = 0; cool[i] = 0;
  if
  :: IS_K(i) -> /* echoes of an older life are none of this one */
    for (x : 0 .. N - 1) {
      if
      :: EVER(x) && x != i -> echoed[Q(x, i)] = DEAD
      :: else
      fi
    }
  :: else
  fi
}

/* The host of i crashes. */
#ifdef HOST_CRASH_OF
#define CRASH(i) \
  :: d_step { BIT(HOST_CRASH_OF, i) && RUNS(i) && !(IS_K(i) && IS_GONE(KX(i))) \
      && !(lost[i] && !answered[i]) -> \
    begin_life(i); \
    for (y : K0 .. N - 1) { \
      if :: i != y && EVER(i) && !gone && closed[Q(i, y)] != 1 -> silence[Q(i, y)] = 0 \
         :: else fi; \
      if :: i != y -> FORGET(i, y) :: else fi \
    }; skip }
#else
#define CRASH(i)
#endif
#ifdef CLOSED_IN_BOOK_ONLY
#define FORGET(i, y) closed[Q(i, y)] = 0
#elif defined(TELLER_CLOSES_IN_BOOK_ONLY)
#define FORGET(i, y) closed[Q(i, y)] = (agreed[Q(i, y)] -> closed[Q(i, y)] : 0)
#else
#define FORGET(i, y) skip
#endif

#ifdef NEW_LIFE_IS_OPEN
#define ANSWERS(j, i) 1
#else
#define ANSWERS(j, i) (!IS_K(i) || closed[Q(j, KX(i))] != 1)
#endif
/* j answers i. Until i has its book, nothing moves between the two. */
#define ANSWER(j, i) \
  :: d_step { lost[i] && !lost[j] && !BIT(answered[i], j) && RUNS(i) && RUNS(j) && ANSWERS(j, i) \
      && (!IS_K(j) || !closed[Q(i, KX(j))]) && !IS_GONE(i) && !IS_GONE(j) \
      && (!BIT(gone, j) || folded[i]) && (!BIT(gone, i) || folded[j]) -> \
    answered[i] = answered[i] | (1 << (j)); \
    if :: IS_K(i) -> closed[Q(j, KX(i))] = 0 :: else fi; skip }
#define IS_ANSWERED(i, j) ((i) == (j) || BIT(answered[i], j) || (IS_GONE(j) && folded[i]))
#define RECOVER(i) \
  :: d_step { lost[i] && RUNS(i) && !IS_GONE(i) && ALL(IS_ANSWERED, i) -> \
    sum = part[i]; \
    for (x : 0 .. N - 1) { \
      if \
      :: x != i && BIT(answered[i], x) -> \
        rcv[P(i, x)] = giv[P(x, i)]; giv[P(i, x)] = rcv[P(x, i)]; \
        sum = sum + rcv[P(i, x)] - giv[P(i, x)] \
      :: x != i && !BIT(answered[i], x) -> rcv[P(i, x)] = 0; giv[P(i, x)] = 0 \
      :: else \
      fi \
    } \
    assert(sum >= 0); \
    if \
    :: cool_for[i] -> cool[i] = sum \
    :: else -> idle[i] = sum \
    fi; \
    lost[i] = 0; answered[i] = 0 }

/* k hears that its epoch was closed: it begins a life that is newer, and asks. */
#ifdef ABANDON
#define HEAR_CLOSED(j, k) \
  :: d_step { closed[Q(j, k)] && !IS_GONE(k) && RUNS(k) && !(lost[k] && !BIT(answered[k], j)) -> \
    begin_life(k); skip }
/* Given up, by an entry: who agreed or told before did so for nothing. */
#define GIVE_UP(k) \
  :: d_step { !abandoned[(k) - K0] && !gone && (closed[Q(0, k)] == 1 || closed[Q(1, k)] == 1) -> \
    abandoned[(k) - K0] = 1; UNSAY(k); skip }
#define HEAR_GIVEN_UP(i, k) \
  :: d_step { abandoned[(k) - K0] && !knows_abandoned[Q(i, k)] && !gone -> \
    knows_abandoned[Q(i, k)] = 1; \
    if :: closed[Q(i, k)] == 1 -> closed[Q(i, k)] = 2 :: else fi; skip }
#ifdef OLD_ROUND_COUNTS
#define UNSAY(k)
#else
#define UNSAY(k) \
    for (x : 0 .. N - 1) { \
      if :: x != k -> agreed[Q(x, k)] = 0; told[Q(x, k)] = 0; \
                      told_giv[Q(x, k)] = 0; told_rcv[Q(x, k)] = 0 \
         :: else fi } \
    blank = 0;
#endif
#else
#define HEAR_CLOSED(j, k)
#define GIVE_UP(k)
#define HEAR_GIVEN_UP(i, k)
#endif

/* -- R6 -- */

/* Who has no book at that moment forgets what k answered: k's counters are told once. */
inline close(i, k) {
  closed[Q(i, k)] = 1; answered[i] = answered[i] & (255 - (1 << k))
}

#ifndef WAITS_LESS
#define WAITS_LESS 0
#endif
#ifdef AGREES_AND_ECHOES
#define CLOSE_WITH_AGREEMENT(v, k)
#else
#define CLOSE_WITH_AGREEMENT(v, k) close(v, k);
#endif
#ifdef OPERATOR
#define SAY_OFF(k) \
  :: d_step { !is_off[(k) - K0] && !gone -> is_off[(k) - K0] = 1; END_CONTACT(k); skip }
/* A later process of k counts no echo of what an earlier one sent. */
#ifdef OLDER_PROCESS_COUNTS
#define END_CONTACT(k)
#else
#define END_CONTACT(k) \
    for (x : 0 .. N - 1) { if :: x != k && EVER(x) -> echoed[Q(x, k)] = DEAD :: else fi }
#endif
#ifdef OFF_SINCE_SILENCE
#define IS_OFF_LONG(v, k) (silence[Q(v, k)] >= OPEN)
#else
#define IS_OFF_LONG(v, k) (off_since[(k) - K0] >= OPEN)
#endif
#define AGREE(v, k) \
  :: d_step { EVER(v) && RUNS(v) && !gone && is_off[(k) - K0] && IS_OFF_LONG(v, k) \
      && !agreed[Q(v, k)] -> \
    agreed[Q(v, k)] = T_MOST + 1; CLOSE_WITH_AGREEMENT(v, k); skip }
#else
#define SAY_OFF(k)
#define AGREE(v, k) \
  :: d_step { EVER(v) && RUNS(v) && !gone && KNOWS_ROUND(v, k) && !IS_GONE(v) \
      && silence[Q(v, k)] + WAITS_LESS >= MARGIN + T_LEAST \
      && agreed[Q(v, k)] < silence[Q(v, k)] + WAITS_LESS - MARGIN + 1 -> \
    agreed[Q(v, k)] = silence[Q(v, k)] + WAITS_LESS - MARGIN + 1; CLOSE_WITH_AGREEMENT(v, k); skip }
#endif

/* Every other member closes k, when it is asked to; nothing breaks if that is early. */
#define CLOSE(i, k) \
  :: d_step { closed[Q(i, k)] != 1 && !gone && RUNS(i) && KNOWS_ROUND(i, k) -> \
    close(i, k); skip }
#ifdef TELLS_OPEN
#define MAY_TELL(i, k) 1
#else
#define MAY_TELL(i, k) (closed[Q(i, k)] == 1)
#endif
#define TELL(i, k) \
  :: d_step { MAY_TELL(i, k) && !told[Q(i, k)] && !lost[i] && !gone && RUNS(i) \
      && KNOWS_ROUND(i, k) -> \
    told[Q(i, k)] = 1; told_giv[Q(i, k)] = giv[P(i, k)]; told_rcv[Q(i, k)] = rcv[P(i, k)] }
/* Who lost its book and waits for k has nothing to tell, and says so. */
#ifdef HOST_CRASH_OF
#define TELL_BLANK(i, k) \
  :: d_step { MAY_TELL(i, k) && !told[Q(i, k)] && lost[i] && !gone && !blank \
      && KNOWS_ROUND(i, k) -> \
    told[Q(i, k)] = 1; blank = (i) + 1 }
#else
#define TELL_BLANK(i, k)
#endif

/* The leader proposes, and the entry is agreed on: one moment of the log. */
#ifdef ONE_VOTER_IS_ENOUGH
#define ENOUGH(t) (sum >= 1)
#else
#define ENOUGH(t) (2 * sum > SUM(SIZE, t))
#endif
#ifdef CURRENT_VERSION_ONLY
#define IS_SETTLED (changed >= SILENT)
#define LOOK_BACK(k) z = version
#elif defined(VERSION_AS_KNOWN_NOW) || VERSIONS == 1
#define LOOK_BACK(k) z = known[(k) - K0]
#define IS_SETTLED 1
#else
/* The newest that k has had for as long as what it let through before may count. */
#define LOOK_BACK(k) \
  z = known[(k) - K0]; \
  do \
  :: z > 0 && known_for[((k) - K0) * VERSIONS + z] < OPEN -> z-- \
  :: else -> break \
  od
#define IS_SETTLED 1
#endif
#ifdef NOT_ALL_TELL
#define HAS_TO_TELL(i) (i == 0)
#else
#define HAS_TO_TELL(i) 1
#endif

#ifdef AGREED_ONCE
#define SUFFICES(agreement, t) (agreement > 0)
#else
#define SUFFICES(agreement, t) (agreement > T_OUT(t))
#endif

/* may = 1, if the set may go. */
inline judge(set) {
  may = IS_SETTLED;
  for (x : K0 .. N - 1) {
    if
    :: BIT(set, x) ->
      LOOK_BACK(x);
      do
      :: z > version -> break
      :: else ->
        sum = 0;
        for (y : 0 .. N - 1) {
          if
          :: y != x && VOTES(z, y) && SUFFICES(agreed[Q(y, x)], z) -> sum++
          :: else
          fi
        }
        if
        :: !ENOUGH(z) -> may = 0
        :: else
        fi;
        z++
      od;
      for (y : 0 .. N - 1) {
        if
        :: !BIT(set, y) && HAS_TO_TELL(y) && !told[Q(y, x)] -> may = 0
        :: else
        fi
      }
    :: else
    fi
  }
}

#ifdef BLANK_IS_NO_HEIR
#define HEIR_FOR_BLANK(set) 0
#else
#define HEIR_FOR_BLANK(set) (blank && !BIT(set, blank - 1))
#endif

inline remove(set) {
  gone = set;
  if
  :: HEIR_FOR_BLANK(set) -> heir = blank - 1
  :: else ->
    heir = 0; /* the lowest voter */
    do
    :: !VOTES(version, heir) || BIT(set, heir) -> heir++
    :: else -> break
    od
  fi;
  for (x : 0 .. N - 1) { new_init[x] = (BIT(set, x) -> 0 : part[x]) }
  for (x : K0 .. N - 1) {
    if
    :: BIT(set, x) ->
      new_init[heir] = new_init[heir] + part[x];
      for (y : 0 .. N - 1) {
        if
        :: !BIT(set, y) ->
          new_init[y] = new_init[y] + told_rcv[Q(y, x)] - told_giv[Q(y, x)];
#ifndef HEIR_TAKES_INIT_ONLY
          new_init[heir] = new_init[heir] + told_giv[Q(y, x)] - told_rcv[Q(y, x)]
#endif
        :: else
        fi
      }
    :: else
    fi
  }
  for (x : 0 .. N * KS - 1) {
    agreed[x] = 0; told[x] = 0; told_giv[x] = 0; told_rcv[x] = 0; silence[x] = 0;
#ifdef ABANDON
    knows_abandoned[x] = 0
#endif
  }
  blank = 0
}

#define GO(set) \
  :: d_step { !gone -> judge(set); if :: may -> remove(set) :: else fi; skip }

/* What was let through last may count for so long after the entry. */
#ifdef HEIR_USES_AT_ONCE
#define HEIR_COOLS 0
#else
#define HEIR_COOLS (OPEN - MARGIN)
#endif
#ifdef LOST_HEIR_COOLS_FROM_ITS_START
#define LOST_HEIR_COOLS 0
#else
#define LOST_HEIR_COOLS 1
#endif
#define COOL_FOR(i, ticks) cool_for[i] = (cool_for[i] < ticks -> ticks : cool_for[i])

inline fold(i) {
  more = new_init[i] - part[i];
  for (x : K0 .. N - 1) {
    if
    :: BIT(gone, x) ->
      more = more - rcv[P(i, x)] + giv[P(i, x)];
      rcv[P(i, x)] = 0; giv[P(i, x)] = 0; closed[Q(i, x)] = 0;
      answered[i] = answered[i] & (255 - (1 << x))
    :: else
    fi
  }
  part[i] = new_init[i]; new_init[i] = 0; folded[i] = 1;
  if
  :: !lost[i] ->
    assert(more >= 0 && (i == heir || more == 0));   /* only the heir has more, and nobody less */
    if
    :: HEIR_COOLS && i == heir && more > 0 -> cool[i] = cool[i] + more; COOL_FOR(i, HEIR_COOLS)
    :: else -> idle[i] = idle[i] + more
    fi
  :: else ->
    if
    :: LOST_HEIR_COOLS && i == heir -> COOL_FOR(i, HEIR_COOLS)
    :: else
    fi
  fi
}
#define FOLD(i) \
  :: d_step { gone && !BIT(gone, i) && !folded[i] && RUNS(i) -> fold(i); skip }

/* k returns, finds that it is gone and joins as a new member. */
#ifdef RETURNS_WITH_BOOK
#define ITS_BOOK(k) part[k] = idle[k] + cool[k];
#else
#define ITS_BOOK(k) part[k] = 0; idle[k] = 0; cool[k] = 0; cool_for[k] = 0;
#endif
#define RETURN(k) \
  :: d_step { BIT(gone, k) && !is_new[(k) - K0] -> \
    is_new[(k) - K0] = 1; known[(k) - K0] = version; lost[k] = 0; answered[k] = 0; ITS_BOOK(k) \
    for (x : 0 .. N - 1) { \
      giv[P(k, x)] = 0; rcv[P(k, x)] = 0; \
      if :: x != k && EVER(x) -> echoed[Q(x, k)] = DEAD :: else fi; \
      if :: x != k && folded[x] -> giv[P(x, k)] = 0; rcv[P(x, k)] = 0 :: else fi \
    }; skip }

/* The document names other voters, or another T_out; k hears of it, or not. */
#ifdef CURRENT_VERSION_ONLY
#define CHANGED changed = 0;
#else
#define CHANGED
#endif
#if VERSIONS > 1
#define EDIT :: d_step { version < VERSIONS - 1 && !gone -> version++; CHANGED }
#define LEARN(k) :: d_step { known[(k) - K0] < version && !gone -> known[(k) - K0]++ }
#else
#define EDIT
#define LEARN(k)
#endif

init {
  d_step {
    part[FULL] = LIMIT; idle[FULL] = LIMIT;
  }
  do
  :: atomic {
  d_step { check(); skip }
  if
  :: d_step { tick(); skip }
  NODES(USE)
  PAIRS(GIVE)
  PAIRS(RECEIVE)
  OTHERS(HEAR)
  OTHERS(ECHO_COMES)
  OTHERS(KILL)
  LOST(KILL_K)
  NODES(CRASH)
  ALL_PAIRS(ANSWER)
  NODES(RECOVER)
  OTHERS(HEAR_CLOSED)
  LOST(GIVE_UP)
  OTHERS(HEAR_GIVEN_UP)
  LOST(SAY_OFF)
  OTHERS(AGREE)
  OTHERS(CLOSE)
  OTHERS(TELL)
  OTHERS(TELL_BLANK)
  GONE_SETS(GO)
  NODES(FOLD)
  LOST(RETURN)
  LOST(LEARN)
  EDIT
  fi }
  od
}
