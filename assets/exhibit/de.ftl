# What visitors read. An exhibit may replace any of these in its texts/de.ftl
# (https://projectfluent.org/fluent/guide).
attract-title = Was sieht der Computer?
attract-start = Berühren und los
language-choose = Wähle deine Sprache
tutorial-one = Male mit dem Finger.
tutorial-two = Male an, was wichtig ist.
tutorial-three = Dann sieh, wohin die KI geschaut hat.
ask-network = Die KI sagt: { $label }. Woran hat sie es erkannt?
ask-own = Was musst du sehen, um das zu erkennen: { $label }?
paint-where = Male an, wohin sie geschaut hat.
part-tap = Oder tippe auf ein Teil.
undo = Zurück
clear = Neu anfangen
cold = Kalt
warm = Warm
hot = Heiß!
too-much = Das ist zu viel. Wisch etwas weg.
reveal = Zeig es mir
yours = Du
theirs = Die KI
both = Beide
next = Nächstes Bild
again = Noch einmal
round = Runde { $n } von { $of }
time-up = Die Zeit ist um.
more-time = Eine Minute mehr
stars = { $n ->
    [0] Noch kein Stern
    [one] Ein Stern
   *[other] { $n } Sterne
}
star-none = Kritzeln findet genauso viel. Fang mit der wichtigsten Stelle an.
star-one = Besser als geraten!
star-two = Du siehst viel von dem, was die KI sieht.
star-three = Du siehst wie die KI!
better-than = Besser als { $percent } % der Besucher.
looked-one = Sie schaute vor allem { $first }.
looked-two = Sie schaute vor allem { $first }, aber auch { $second }.
looked-three = Sie schaute vor allem { $first }, aber auch { $second } und { $third }.
place-top-left = nach links oben
place-top = nach oben
place-top-right = nach rechts oben
place-left = nach links
place-middle = in die Mitte
place-right = nach rechts
place-bottom-left = nach links unten
place-bottom = nach unten
place-bottom-right = nach rechts unten
cover-ask = Deck die Stelle zu. Sagt sie immer noch { $label }?
cover-yes = Sie sagt immer noch { $label }.
cover-no = Jetzt sagt sie { $label }.
results-title = Gut gespielt!
board-today = Die Besten heute
board-week = Die Besten der Woche
board-ever = Die Besten überhaupt
choose-letters = Wähle drei Buchstaben
letters-refused = Bitte wähle andere Buchstaben.
card-title = Ich habe erraten, was die KI sah
card-scan = Scannen und mitnehmen
idle-ask = Bist du noch da?
idle-on = Weiter
bigger = Größer
read-aloud = Vorlesen
home = Zum Anfang
pause = Gleich geht es weiter
names = Fuchs, Otter, Eule, Hase, Bär, Robbe, Kröte, Schwan, Krebs, Wolf, Luchs, Maulwurf, Molch, Rabe, Hirsch, Igel, Biber, Dachs, Falke, Delfin
