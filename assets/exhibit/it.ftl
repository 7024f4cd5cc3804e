# What visitors read. An exhibit may replace any of these in its texts/it.ftl
# (https://projectfluent.org/fluent/guide).
attract-title = Che cosa vede il computer?
attract-start = Tocca per iniziare
language-choose = Scegli la tua lingua
tutorial-one = Dipingi con il dito.
tutorial-two = Dipingi ciò che conta.
tutorial-three = Poi guarda dove ha guardato l’IA.
ask-network = L’IA dice: { $label }. Da che cosa l’ha capito?
ask-own = Che cosa devi vedere per riconoscere questo: { $label }?
paint-where = Dipingi i punti che ha guardato.
part-tap = Oppure tocca una parte.
undo = Annulla
clear = Ricomincia
cold = Freddo
warm = Tiepido
hot = Fuoco!
too-much = È troppo. Cancella un po’.
reveal = Fammi vedere
yours = Tu
theirs = L’IA
both = Tutti e due
next = Altra immagine
again = Gioca ancora
round = Turno { $n } di { $of }
time-up = Il tempo è finito.
more-time = Un minuto in più
stars = { $n ->
    [0] Ancora nessuna stella
    [one] Una stella
   *[other] { $n } stelle
}
star-none = Scarabocchiando si trova altrettanto. Comincia dal punto più importante.
star-one = Meglio che a caso!
star-two = Vedi molto di ciò che vede l’IA.
star-three = Vedi come l’IA!
better-than = Meglio del { $percent } % dei visitatori.
looked-one = Ha guardato soprattutto { $first }.
looked-two = Ha guardato soprattutto { $first }, e anche { $second }.
looked-three = Ha guardato soprattutto { $first }, e anche { $second } e { $third }.
place-top-left = in alto a sinistra
place-top = in alto
place-top-right = in alto a destra
place-left = a sinistra
place-middle = al centro
place-right = a destra
place-bottom-left = in basso a sinistra
place-bottom = in basso
place-bottom-right = in basso a destra
cover-ask = Copri quel punto. Dice ancora { $label }?
cover-yes = Dice ancora { $label }.
cover-no = Adesso dice { $label }.
results-title = Bravissimi!
board-today = I migliori di oggi
board-week = I migliori della settimana
board-ever = I migliori di sempre
choose-letters = Scegli tre lettere
letters-refused = Scegli altre lettere, per favore.
card-title = Ho indovinato che cosa ha visto l’IA
card-scan = Inquadra per tenerlo
idle-ask = Ci sei ancora?
idle-on = Continua
bigger = Più grande
read-aloud = Leggi ad alta voce
home = All’inizio
pause = Torniamo subito
names = Volpe, Lontra, Gufo, Lepre, Orso, Foca, Rospo, Cigno, Granchio, Lupo, Lince, Talpa, Tritone, Corvo, Cervo, Riccio, Castoro, Tasso, Falco, Delfino
