# What visitors read. An exhibit may replace any of these in its texts/en.ftl
# (https://projectfluent.org/fluent/guide).
attract-title = What does the computer see?
attract-start = Touch to begin
language-choose = Choose your language
tutorial-one = Paint with your finger.
tutorial-two = Paint the spots that matter.
tutorial-three = Then look where the AI looked.
ask-network = The AI says: { $label }. What gave it away?
ask-own = What do you need to see to know it is this: { $label }?
paint-where = Paint the spots it looked at.
part-tap = Or tap a part.
undo = Undo
clear = Start again
cold = Cold
warm = Warm
hot = Hot!
too-much = That is too much. Wipe some away.
reveal = Show me
yours = You
theirs = The AI
both = Both
next = Next picture
again = Play again
round = Round { $n } of { $of }
time-up = Time is up.
more-time = One more minute
stars = { $n ->
    [0] No star yet
    [one] One star
   *[other] { $n } stars
}
star-none = Scribbling finds as much. Try the strongest spot first.
star-one = Better than guessing!
star-two = You see much of what the AI sees.
star-three = You see like the AI!
better-than = Better than { $percent } % of the visitors.
looked-one = It looked most { $first }.
looked-two = It looked most { $first }, and { $second } too.
looked-three = It looked most { $first }, and { $second } and { $third } too.
place-top-left = at the upper left
place-top = at the top
place-top-right = at the upper right
place-left = at the left
place-middle = at the middle
place-right = at the right
place-bottom-left = at the lower left
place-bottom = at the bottom
place-bottom-right = at the lower right
cover-ask = Cover that spot. Does it still say { $label }?
cover-yes = It still says { $label }.
cover-no = Now it says { $label }.
results-title = Well played!
board-today = Best today
board-week = Best this week
board-ever = Best ever
choose-letters = Choose three letters
letters-refused = Please choose other letters.
card-title = I guessed what the AI saw
card-scan = Scan to keep it
idle-ask = Are you still there?
idle-on = Go on
bigger = Bigger
read-aloud = Read aloud
home = To the start
pause = Back in a moment
names = Fox, Otter, Owl, Hare, Bear, Seal, Toad, Swan, Crab, Wolf, Lynx, Mole, Newt, Rook, Deer, Hedgehog, Beaver, Badger, Falcon, Dolphin
