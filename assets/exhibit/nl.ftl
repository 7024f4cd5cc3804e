# What visitors read. An exhibit may replace any of these in its texts/nl.ftl
# (https://projectfluent.org/fluent/guide).
attract-title = Wat ziet de computer?
attract-start = Raak aan om te beginnen
language-choose = Kies je taal
tutorial-one = Verf met je vinger.
tutorial-two = Verf wat belangrijk is.
tutorial-three = Kijk dan waar de AI keek.
ask-network = De AI zegt: { $label }. Waaraan zag ze dat?
ask-own = Wat moet je zien om dit te herkennen: { $label }?
paint-where = Verf de plekken waar ze keek.
part-tap = Of tik op een deel.
undo = Terug
clear = Opnieuw beginnen
cold = Koud
warm = Warm
hot = Heet!
too-much = Dat is te veel. Veeg wat weg.
reveal = Laat zien
yours = Jij
theirs = De AI
both = Allebei
next = Volgende foto
again = Nog een keer
round = Ronde { $n } van { $of }
time-up = De tijd is om.
more-time = Een minuut erbij
stars = { $n ->
    [0] Nog geen ster
    [one] Eén ster
   *[other] { $n } sterren
}
star-none = Krassen vindt net zo veel. Begin met de belangrijkste plek.
star-one = Beter dan gokken!
star-two = Je ziet veel van wat de AI ziet.
star-three = Je ziet zoals de AI!
better-than = Beter dan { $percent } % van de bezoekers.
looked-one = Ze keek vooral { $first }.
looked-two = Ze keek vooral { $first }, en ook { $second }.
looked-three = Ze keek vooral { $first }, en ook { $second } en { $third }.
place-top-left = linksboven
place-top = bovenaan
place-top-right = rechtsboven
place-left = links
place-middle = in het midden
place-right = rechts
place-bottom-left = linksonder
place-bottom = onderaan
place-bottom-right = rechtsonder
cover-ask = Dek die plek af. Zegt ze nog steeds { $label }?
cover-yes = Ze zegt nog steeds { $label }.
cover-no = Nu zegt ze { $label }.
results-title = Goed gespeeld!
board-today = De besten van vandaag
board-week = De besten van de week
board-ever = De besten ooit
choose-letters = Kies drie letters
letters-refused = Kies andere letters, alsjeblieft.
card-title = Ik raadde wat de AI zag
card-scan = Scan om te bewaren
idle-ask = Ben je er nog?
idle-on = Verder
bigger = Groter
read-aloud = Voorlezen
home = Naar het begin
pause = Zo weer terug
names = Vos, Otter, Uil, Haas, Beer, Zeehond, Pad, Zwaan, Krab, Wolf, Lynx, Mol, Salamander, Raaf, Hert, Egel, Bever, Das, Valk, Dolfijn
