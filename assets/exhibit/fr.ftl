# What visitors read. An exhibit may replace any of these in its texts/fr.ftl
# (https://projectfluent.org/fluent/guide).
attract-title = Que voit l’ordinateur ?
attract-start = Touche pour commencer
language-choose = Choisis ta langue
tutorial-one = Peins avec le doigt.
tutorial-two = Peins ce qui compte.
tutorial-three = Puis regarde où l’IA a regardé.
ask-network = L’IA dit : { $label }. À quoi l’a-t-elle reconnu ?
ask-own = Que dois-tu voir pour reconnaître ceci : { $label } ?
paint-where = Peins les endroits qu’elle a regardés.
part-tap = Ou touche une partie.
undo = Annuler
clear = Recommencer
cold = Froid
warm = Tiède
hot = Brûlant !
too-much = C’est trop. Efface un peu.
reveal = Montre-moi
yours = Toi
theirs = L’IA
both = Les deux
next = Image suivante
again = Rejouer
round = Manche { $n } sur { $of }
time-up = Le temps est écoulé.
more-time = Une minute de plus
stars = { $n ->
    [0] Pas encore d’étoile
    [1] Une étoile
   *[other] { $n } étoiles
}
star-none = Gribouiller trouve autant. Commence par l’endroit le plus important.
star-one = Mieux que le hasard !
star-two = Tu vois une bonne part de ce que voit l’IA.
star-three = Tu vois comme l’IA !
better-than = Mieux que { $percent } % des visiteurs.
looked-one = Elle a surtout regardé { $first }.
looked-two = Elle a surtout regardé { $first }, et aussi { $second }.
looked-three = Elle a surtout regardé { $first }, et aussi { $second } et { $third }.
place-top-left = en haut à gauche
place-top = en haut
place-top-right = en haut à droite
place-left = à gauche
place-middle = au milieu
place-right = à droite
place-bottom-left = en bas à gauche
place-bottom = en bas
place-bottom-right = en bas à droite
cover-ask = Cache cet endroit. Dit-elle encore { $label } ?
cover-yes = Elle dit encore { $label }.
cover-no = Maintenant elle dit { $label }.
results-title = Bien joué !
board-today = Les meilleurs du jour
board-week = Les meilleurs de la semaine
board-ever = Les meilleurs de tous
choose-letters = Choisis trois lettres
letters-refused = Choisis d’autres lettres, s’il te plaît.
card-title = J’ai deviné ce que l’IA a vu
card-scan = Scanne pour le garder
idle-ask = Es-tu encore là ?
idle-on = Continuer
bigger = Plus grand
read-aloud = Lire à voix haute
home = Au début
pause = De retour bientôt
names = Renard, Loutre, Hibou, Lièvre, Ours, Phoque, Crapaud, Cygne, Crabe, Loup, Lynx, Taupe, Triton, Corbeau, Cerf, Hérisson, Castor, Blaireau, Faucon, Dauphin
