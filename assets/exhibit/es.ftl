# What visitors read. An exhibit may replace any of these in its texts/es.ftl
# (https://projectfluent.org/fluent/guide).
attract-title = ¿Qué ve el ordenador?
attract-start = Toca para empezar
language-choose = Elige tu idioma
tutorial-one = Pinta con el dedo.
tutorial-two = Pinta lo que importa.
tutorial-three = Luego mira dónde miró la IA.
ask-network = La IA dice: { $label }. ¿En qué lo notó?
ask-own = ¿Qué necesitas ver para reconocer esto: { $label }?
paint-where = Pinta los sitios que miró.
part-tap = O toca una parte.
undo = Deshacer
clear = Empezar de nuevo
cold = Frío
warm = Templado
hot = ¡Caliente!
too-much = Es demasiado. Borra un poco.
reveal = Enséñamelo
yours = Tú
theirs = La IA
both = Los dos
next = Otra imagen
again = Jugar otra vez
round = Ronda { $n } de { $of }
time-up = Se acabó el tiempo.
more-time = Un minuto más
stars = { $n ->
    [0] Aún sin estrella
    [one] Una estrella
   *[other] { $n } estrellas
}
star-none = Con garabatos se encuentra lo mismo. Empieza por lo más importante.
star-one = ¡Mejor que adivinar!
star-two = Ves mucho de lo que ve la IA.
star-three = ¡Ves como la IA!
better-than = Mejor que el { $percent } % de los visitantes.
looked-one = Miró sobre todo { $first }.
looked-two = Miró sobre todo { $first }, y también { $second }.
looked-three = Miró sobre todo { $first }, y también { $second } y { $third }.
place-top-left = arriba a la izquierda
place-top = arriba
place-top-right = arriba a la derecha
place-left = a la izquierda
place-middle = al centro
place-right = a la derecha
place-bottom-left = abajo a la izquierda
place-bottom = abajo
place-bottom-right = abajo a la derecha
cover-ask = Tapa ese sitio. ¿Sigue diciendo { $label }?
cover-yes = Sigue diciendo { $label }.
cover-no = Ahora dice { $label }.
results-title = ¡Bien jugado!
board-today = Lo mejor de hoy
board-week = Lo mejor de la semana
board-ever = Lo mejor de siempre
choose-letters = Elige tres letras
letters-refused = Elige otras letras, por favor.
card-title = Adiviné lo que vio la IA
card-scan = Escanea para guardarlo
idle-ask = ¿Sigues ahí?
idle-on = Seguir
bigger = Más grande
read-aloud = Leer en voz alta
home = Al principio
pause = Volvemos enseguida
names = Zorro, Nutria, Búho, Liebre, Oso, Foca, Sapo, Cisne, Cangrejo, Lobo, Lince, Topo, Tritón, Cuervo, Ciervo, Erizo, Castor, Tejón, Halcón, Delfín
